// Checks an exported log with other people's code: the signed note, record hashes, tree hashes, tiles and proofs are
// all computed by golang.org/x/mod. Only the file names and the bundles' length prefixes are read here.
//
//	verify FOLDER VKEY            the whole log
//	verify FOLDER VKEY PREVIOUS   and that it continues the checkpoint in the file PREVIOUS
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
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
		return fmt.Errorf("usage: verify FOLDER VKEY [PREVIOUS]")
	}
	verifier, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(filepath.Join(args[0], "checkpoint"), verifier)
	if err != nil {
		return err
	}
	leaves, err := recordHashes(args[0], tree.N)
	if err != nil {
		return err
	}
	if err := checkTree(leaves, tree); err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(args[0]))
	if err := checkTiles(args[0], leaves, tree); err != nil {
		return err
	}
	if err := checkRecords(leaves, tree, reader); err != nil {
		return err
	}
	if len(args) < 3 {
		return nil
	}
	previous, err := openCheckpoint(args[2], verifier)
	if err != nil {
		return err
	}
	return checkContinues(previous, tree, reader)
}

// openCheckpoint verifies the note, then reads the three lines that tlog.ParseTree would read, were our origin its own.
func openCheckpoint(path string, verifier note.Verifier) (tlog.Tree, error) {
	message, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint of %q, not of %q", origin, verifier.Name())
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
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

func bundlePath(index int64, width int) string {
	path := tilePath(tlog.Tile{H: height, L: -1, N: index, W: width})
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func recordHashes(root string, size int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for start := int64(0); start < size; start += 1 << height {
		width := 1 << height
		if size-start < int64(width) {
			width = int(size - start)
		}
		path := bundlePath(start>>height, width)
		bundle, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		for number := 0; number < width; number++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("entry %d is missing or cut short", start+int64(number))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hashes = append(hashes, tlog.RecordHash(bundle[2:end]))
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("%s holds more than %d entries", path, width)
		}
	}
	return hashes, nil
}

// checkTree builds the whole tree from the record hashes alone, without looking at a tile.
func checkTree(leaves []tlog.Hash, tree tlog.Tree) error {
	stored, err := storedHashes(leaves)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return err
	}
	if tree.N == 0 {
		root = sha256.Sum256(nil) // RFC 6962 section 2.1; this release of tlog gives zeroes instead
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries give the root %v, the checkpoint says %v", root, tree.Hash)
	}
	return nil
}

func storedHashes(leaves []tlog.Hash) (tlog.HashReader, error) {
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
	for number, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(number), leaf, reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return reader, nil
}

// checkTiles compares every tile file of this size with the tile that tlog makes from the record hashes.
func checkTiles(root string, leaves []tlog.Hash, tree tlog.Tree) error {
	stored, err := storedHashes(leaves)
	if err != nil {
		return err
	}
	last := map[[2]int64]tlog.Tile{}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		last[[2]int64{int64(tile.L), tile.N}] = tile // the widest of each tile comes last
	}
	for _, tile := range last {
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		found, err := os.ReadFile(filepath.Join(root, tilePath(tile)))
		if err != nil {
			return err
		}
		if string(found) != string(want) {
			return fmt.Errorf("%s differs", tilePath(tile))
		}
	}
	return nil
}

// checkRecords proves records from the authenticated tiles and checks the proofs: all of a small log, some of a large one.
func checkRecords(leaves []tlog.Hash, tree tlog.Tree, reader tlog.HashReader) error {
	step := tree.N/256 + 1
	for index := int64(0); index < tree.N; index += step {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

func checkContinues(previous, tree tlog.Tree, reader tlog.HashReader) error {
	if previous.N > tree.N {
		return fmt.Errorf("the log covers %d entries, but covered %d before", tree.N, previous.N)
	}
	if previous.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, previous.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, previous.N, previous.Hash); err != nil {
		return fmt.Errorf("does not continue %s: %w", base64.StdEncoding.EncodeToString(previous.Hash[:]), err)
	}
	return nil
}
