// Checks a kit of a pre-release access log with other people's code: the signed notes, record hashes, tree hashes and
// proofs are all computed by golang.org/x/mod. Only file names, JSON and length prefixes are read here, and the
// cosignatures of witnesses, which golang.org/x/mod does not know, are put in its own form of a verifier.
//
//	check FOLDER KEY               the kit, with the log's public key
//	check FOLDER KEY WITNESS...    and that each of these witnesses cosigned it
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: check FOLDER KEY [WITNESS]...")
	}
	root := args[0]
	key, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	witnesses := map[string]note.Verifier{}
	for _, word := range args[2:] {
		if witnesses[word], err = newWitness(word); err != nil {
			return err
		}
	}
	if err := checkManifest(root); err != nil {
		return err
	}
	tree, cosigned, err := openCheckpoint(filepath.Join(root, "checkpoint"), key, witnesses)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(root))
	if _, err := tlog.TreeHash(tree.N, reader); err != nil {
		return err
	}
	second := filepath.Join(root, "checkpoint.cosigned")
	if _, err := os.Stat(second); err == nil {
		older, more, err := openCheckpoint(second, key, witnesses)
		if err != nil {
			return err
		}
		if err := checkContinues(older, tree, reader); err != nil {
			return err
		}
		for word := range more {
			cosigned[word] = true
		}
	}
	for word := range witnesses {
		if !cosigned[word] {
			return fmt.Errorf("not cosigned by %s", word)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "tile/entries")); err == nil {
		if err := checkEntries(root, tree); err != nil {
			return err
		}
	}
	return checkReceipts(root, args[1], key, tree, reader)
}

// witness is a key of C2SP tlog-cosignature: what it signs begins with a line of its own and the time.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(word string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(word, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	typed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(typed) != 33 || typed[0] != 4 {
		return nil, fmt.Errorf("%q is no key of a witness", word)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	if fmt.Sprintf("%x", sum[:4]) != hash {
		return nil, fmt.Errorf("%q: the hash does not belong to the key", word)
	}
	return &witness{name, binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(typed[1:])}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }
func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	said := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, []byte(said), signature[8:])
}

// checkManifest compares every file with MANIFEST.sha256, and demands that there is no other.
func checkManifest(root string) error {
	manifest, err := os.ReadFile(filepath.Join(root, "MANIFEST.sha256"))
	if err != nil {
		return err
	}
	listed := map[string]bool{"MANIFEST.sha256": true}
	for _, line := range strings.Split(strings.TrimSuffix(string(manifest), "\n"), "\n") {
		sum, path, found := strings.Cut(line, "  ")
		if !found || listed[path] || path != filepath.Clean(path) || filepath.IsAbs(path) || strings.HasPrefix(path, "..") {
			return fmt.Errorf("MANIFEST.sha256: %q", line)
		}
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		if fmt.Sprintf("%x", sha256.Sum256(content)) != sum {
			return fmt.Errorf("%s is not the file that MANIFEST.sha256 names", path)
		}
		listed[path] = true
	}
	return filepath.Walk(root, func(path string, found os.FileInfo, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		if name, err := filepath.Rel(root, path); err != nil || !listed[name] {
			return fmt.Errorf("%s is not in MANIFEST.sha256", path)
		}
		return nil
	})
}

// openCheckpoint verifies the note, then reads the three lines that tlog.ParseTree would read, were our origin its own.
func openCheckpoint(path string, key note.Verifier, witnesses map[string]note.Verifier) (tlog.Tree, map[string]bool, error) {
	message, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	known := []note.Verifier{key}
	for _, one := range witnesses {
		known = append(known, one)
	}
	opened, err := note.Open(message, note.VerifierList(known...))
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	cosigned, signed := map[string]bool{}, false
	for _, signature := range opened.Sigs {
		signed = signed || (signature.Name == key.Name() && signature.Hash == key.KeyHash())
		for word, one := range witnesses {
			if signature.Name == one.Name() && signature.Hash == one.KeyHash() {
				cosigned[word] = true
			}
		}
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if !signed || origin != key.Name() {
		return tlog.Tree{}, nil, fmt.Errorf("%s is not signed by %q for its own log", path, key.Name())
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	return tree, cosigned, err
}

func checkContinues(older, tree tlog.Tree, reader tlog.HashReader) error {
	if older.N > tree.N {
		return fmt.Errorf("the cosigned checkpoint covers %d entries, the log only %d", older.N, tree.N)
	}
	if older.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, older.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
}

// folder lets tlog read tiles under the names of the C2SP layout, which has no height in its paths.
type folder string

func (folder) Height() int                     { return height }
func (folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (root folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		content, err := os.ReadFile(filepath.Join(string(root), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		if len(content) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", tilePath(tile), len(content))
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func tilePath(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/"+strconv.Itoa(height)+"/", "tile/", 1)
}

// checkEntries builds the whole tree from the entries themselves, where the kit is of the whole log.
func checkEntries(root string, tree tlog.Tree) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("no stored hash %d", index)
			}
			found = append(found, stored[index])
		}
		return found, nil
	})
	for number := int64(0); number < tree.N; {
		width := tree.N - number
		if width > 1<<height {
			width = 1 << height
		}
		path := tilePath(tlog.Tile{H: height, L: -1, N: number >> height, W: int(width)})
		bundle, err := os.ReadFile(filepath.Join(root, strings.Replace(path, "tile/data/", "tile/entries/", 1)))
		if err != nil {
			return err
		}
		for ; width > 0; width-- {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("entry %d is missing or cut short", number)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hashes, err := tlog.StoredHashes(number, bundle[2:end], reader)
			if err != nil {
				return err
			}
			stored, bundle, number = append(stored, hashes...), bundle[end:], number+1
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s holds more than it should", path)
		}
	}
	found, err := tlog.TreeHash(tree.N, reader)
	if err == nil && found != tree.Hash {
		err = errors.New("the entries do not give the root of the checkpoint")
	}
	return err
}

type receipt struct {
	Entry      []byte   `json:"entry"`
	Index      int64    `json:"index"`
	Inclusion  [][]byte `json:"inclusion"`
	Checkpoint string   `json:"checkpoint"`
}

// checkReceipts checks every receipt by its own proof, and that the tiles give the same proof.
func checkReceipts(root, word string, key note.Verifier, tree tlog.Tree, reader tlog.HashReader) error {
	paths, err := filepath.Glob(filepath.Join(root, "receipts", "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var one receipt
		if err := json.Unmarshal(content, &one); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		entry, err := os.ReadFile(filepath.Join(root, "entries", filepath.Base(path)))
		if err != nil {
			return err
		}
		if !bytes.Equal(entry, one.Entry) {
			return fmt.Errorf("%s: its entry is not the one beside it", path)
		}
		opened, err := note.Open([]byte(one.Checkpoint), note.VerifierList(key))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		text, err := os.ReadFile(filepath.Join(root, "checkpoint"))
		if err != nil || !strings.HasPrefix(string(text), opened.Text+"\n") {
			return fmt.Errorf("%s: it is not under the checkpoint of the kit", path)
		}
		var proof tlog.RecordProof
		for _, hash := range one.Inclusion {
			if len(hash) != tlog.HashSize {
				return fmt.Errorf("%s: a hash has %d bytes", path, len(hash))
			}
			proof = append(proof, tlog.Hash{})
			copy(proof[len(proof)-1][:], hash)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, one.Index, tlog.RecordHash(one.Entry)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		again, err := tlog.ProveRecord(tree.N, one.Index, reader)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if fmt.Sprint(again) != fmt.Sprint(proof) {
			return fmt.Errorf("%s: the tiles give another proof", path)
		}
	}
	return nil
}
