import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../../src/cli/listeners/notices.ts';
import { Secrets } from '../../../src/core/secrets.ts';

describe('the address to notify', () => {
  const scrubbed = (address: string, text: string): string => {
    const secrets = new Secrets();
    for (const part of secretsOf(new URL(address))) secrets.hide(part);
    return secrets.scrub(text);
  };

  it('is hidden, and so are its parts that nobody could guess', () => {
    const address = 'https://hooks.example/services/T0/B0/abcdefghijklmnopqrstuvwx?sig=0123456789abcdef0123';
    for (const leak of [address, '/services/T0/B0/abcdefghijklmnopqrstuvwx', 'sig=0123456789abcdef0123', '0123456789abcdef0123'])
      expect(scrubbed(address, `could not post to ${leak}`)).not.toMatch(/abcdefghijkl|0123456789/);
  });

  it('changes no path in what is printed, though its own path is a part of one', () => {
    const json = JSON.stringify({ reports: ['/home/ana/reports/r-1/report.csv'] });
    for (const path of ['/reports', '/home/ana/reports/', '/report.csv']) expect(scrubbed(`https://hooks.example${path}`, json)).toBe(json);
  });
});
