// A Slack of our own: the package `emulate`, seeded, with every event posted to EVENTS_URL.
// Its command line cannot say where events go; each service makes a dispatcher of the class that a
// service of one's own is handed, so that class is taught to subscribe whoever it is made for.
import { createEmulator, defineEmulator } from 'emulate';

const { PORT, EVENTS_URL, SECRET } = process.env;
const hooks = { prototype: undefined };
const probe = await createEmulator({
  listen: false,
  service: defineEmulator({
    name: 'probe',
    state: () => ({}),
    setup(context) {
      hooks.prototype = Object.getPrototypeOf(context.webhooks);
    },
  }),
});
await probe.close();
for (const method of ['setHeaderFactory', 'clear']) {
  const original = hooks.prototype[method];
  hooks.prototype[method] = function (...given) {
    original.apply(this, given);
    this.register({ owner: 'slack', url: EVENTS_URL, events: ['*'], active: true });
  };
}

const user = (name, real_name, domain) => ({ name, real_name, email: `${name}@${domain}` });
const peer = await createEmulator({
  service: 'slack',
  port: Number(PORT),
  baseUrl: `http://127.0.0.1:${PORT}`,
  seed: {
    slack: {
      team: { name: 'B2Bee', domain: 'b2bee' },
      users: [
        user('maria', 'Maria Kovač', 'standard.example'),
        user('pero', 'Pero Perić', 'standard.example'),
        user('ana', 'Ana Anić', 'b2bee.example'),
      ],
      channels: [{ name: 'standard' }, { name: 'other' }],
      bots: [{ name: 'supportd' }],
      oauth_apps: [
        {
          client_id: '1.2',
          client_secret: 'secret',
          app_id: 'A000000001',
          name: 'supportd',
          redirect_uris: ['http://127.0.0.1/'],
          scopes: ['chat:write'],
          bot_name: 'supportd',
        },
      ],
      tokens: [
        { token: 'xoxb-supportd', user: 'supportd', type: 'bot', app_id: 'A000000001' },
        ...['maria', 'pero', 'ana'].map((name) => ({ token: `xoxp-${name}`, user: name, type: 'user' })),
      ],
      signing_secret: SECRET,
    },
  },
});
console.log('ready');
process.on('SIGTERM', async () => {
  await peer.close();
  process.exit(0);
});
