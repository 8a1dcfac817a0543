// Somebody else's OpenID Connect provider (oidc-provider of npm), certified by its makers, for the tests on the loopback.
// It signs in whoever gives a name; their address is that name at the domain it is told. Standard input ends: so does it.
import * as jose from 'jose';
import { Provider } from 'oidc-provider';

const { issuer, port, domain, clients } = JSON.parse(process.env.PRA_TEST_PROVIDER);
const keys = [];
for (const alg of ['ES256', 'RS256', 'PS256']) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  keys.push({ ...(await jose.exportJWK(privateKey)), alg, kid: `of-${alg}`, use: 'sig' });
}
const provider = new Provider(issuer, {
  clients: clients.map((client) => ({
    ...client,
    grant_types: ['authorization_code'],
    response_types: ['code'],
  })),
  jwks: { keys },
  cookies: { keys: ['only for the tests'] },
  enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256', 'PS256'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  pkce: { required: () => true },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@${domain}`, email_verified: true }),
  }),
});
provider.listen(port, '127.0.0.1', () => console.log('listens'));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
