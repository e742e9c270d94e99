import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { SECRETS, Variables } from '../../src/config/variables.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { commandsUnder } from './page.ts';

const compose = parse(readFileSync('compose.yaml', 'utf8'));
const [deployment, service, budget] = parseAllDocuments(readFileSync('docs/deploy/kubernetes.yaml', 'utf8')).map(
  (document) => document.toJS(),
);
const { spec: pod } = deployment.spec.template;
const [container] = pod.containers;
const unit = readFileSync('docs/deploy/latchkey.service', 'utf8');
const settings = [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value = '']) => [name, value] as const);

/** What the server is told: by the image, and by each way to run it. */
const IMAGE = Object.fromEntries(
  [...readFileSync('Dockerfile', 'utf8').matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
);
const ENVIRONMENTS: [string, Record<string, string>][] = [
  ['compose.yaml', { ...IMAGE, ...strings(compose.services.latchkey.environment) }],
  ['kubernetes.yaml', { ...IMAGE, ...Object.fromEntries(container.env.map(nameAndValue)) }],
  [
    'latchkey.service',
    Object.fromEntries(settings.flatMap(([name, value]) => (name === 'Environment' ? [value.split('=')] : []))),
  ],
];

describe.each(ENVIRONMENTS)('%s', (_file, environment) => {
  test('sets only variables that the configuration knows', () => {
    const known = [...Object.keys(Variables.shape), ...SECRETS.map((name) => `${name}_FILE`)];
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  });

  test('starts in production behind one proxy, with the secrets that the page has made', () => {
    const secrets = madeSecrets();
    const placed = Object.entries(environment).map(([name, value]) => [
      name,
      name.endsWith('_FILE') ? join(secrets, value.split('/').at(-1) ?? '') : value,
    ]);
    const config = parseConfig(Object.fromEntries(placed));
    expect(config).toMatchObject({ production: true, trustedProxies: 1, storage: { kind: 'server' } });
    expect(new URL((config.storage as { url: string }).url)).toMatchObject({
      hostname: 'postgres',
      username: 'latchkey',
    });
  });

  test('holds no secret, but names of files', () => {
    expect(SECRETS.filter((name) => name in environment)).toEqual([]);
  });
});

describe('in each way to run it', () => {
  test('the server has longer to stop than it takes, and ends by itself', () => {
    const [, patience] = /TIME_TO_FINISH = ([\d_]+);/.exec(readFileSync('src/serving/server.ts', 'utf8')) ?? [];
    const seconds = [
      Number.parseInt(compose.services.latchkey.stop_grace_period, 10),
      pod.terminationGracePeriodSeconds,
      Number(Object.fromEntries(settings).TimeoutStopSec),
    ];
    expect(seconds).toEqual([30, 30, 30]);
    expect(2 * Number(patience?.replace('_', ''))).toBeLessThan(30_000);
  });

  test('nothing but its memory is written to, and no right is kept', () => {
    expect(compose.services.latchkey).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(settings).toEqual(
      expect.arrayContaining([
        ['ProtectSystem', 'strict'],
        ['NoNewPrivileges', 'yes'],
        ['DynamicUser', 'yes'],
      ]),
    );
  });

  test('its memory has an end', () => {
    expect(compose.services.latchkey.mem_limit).toBe('1g');
    expect(container.resources.limits.memory).toBe('1Gi');
    expect(settings).toContainEqual(['MemoryMax', '1G']);
  });
});

describe('compose.yaml', () => {
  test('names only secrets, networks, volumes and files that it has', () => {
    const services = Object.values<Service>(compose.services);
    const named = (key: 'secrets' | 'networks') => services.flatMap((part) => part[key] ?? []);
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(named('secrets')));
    expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(named('networks')));
    const mounted = services.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const absent = mounted.filter((source) => !(source in compose.volumes) && !existsSync(source));
    expect(absent).toEqual([]);
  });

  test('nobody but the proxy is reached from outside, and the proxy does not reach the database', () => {
    const { proxy, ...inside } = compose.services;
    expect(proxy.ports).toEqual(['80:80', '443:443']);
    expect(Object.values<Service>(inside).flatMap(({ ports = [] }) => ports)).toEqual([]);
    expect(proxy.networks).not.toContain('back');
    expect(compose.services.postgres.networks).toEqual(['back']);
  });
});

describe('kubernetes.yaml', () => {
  test('lets the service and the disruption budget find the pods', () => {
    const { labels } = deployment.spec.template.metadata;
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(budget.spec.selector.matchLabels).toEqual(labels);
    expect(budget.spec.minAvailable).toBeLessThan(deployment.spec.replicas);
    expect(service.spec.ports[0].targetPort).toBe(container.ports[0].name);
  });

  test('restarts what does not answer, and sends nothing to what is not ready', () => {
    expect(container.livenessProbe.httpGet.path).toBe('/health');
    expect(container.startupProbe.httpGet.path).toBe('/health');
    expect(container.readinessProbe.httpGet.path).toBe('/ready');
    expect(container.ports[0].containerPort).toBe(parseConfig({}).port);
  });
});

const canVerify = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!canVerify) console.warn('SKIPPED: the systemd unit is not verified, for there is no systemd-analyze.');
test.runIf(canVerify)('systemd takes the unit, with node where it is on this machine', () => {
  const path = join(emptyDirectory(), 'latchkey.service');
  writeFileSync(path, unit.replace('/usr/bin/node', process.execPath));
  expect(spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

/** Where the first commands of the page leave the secrets. */
function madeSecrets() {
  const cwd = emptyDirectory();
  execFileSync('sh', ['-ec', commandsUnder('Begin with Docker Compose')[0] ?? ''], { cwd });
  return join(cwd, 'secrets');
}

function nameAndValue({ name, value }: Record<'name' | 'value', string>) {
  return [name, value] as const;
}

function strings(values: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

interface Service {
  secrets?: string[];
  networks?: string[];
  volumes?: string[];
  ports?: string[];
}
