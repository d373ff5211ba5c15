/** The Linux executable, where there is no Node. */
import { describe, expect, it } from 'vitest';
import { resolve } from 'node:path';
import { unsigned } from '../../build/unsign.ts';
import { cordon, type CliOptions } from '../support/cli.ts';
import { expectPreview, expectRehearsal, expectResume, expectVersion } from './uses.ts';

/** `env -i` with an empty PATH: nothing but the file itself can be run. */
const alone: CliOptions['program'] = ['/usr/bin/env', 'PATH=/nonexistent', resolve('release/cordon-linux-x64')];

describe('the Linux executable, without Node', () => {
  it('says its version', () => expectVersion(alone));
  it('previews a list', () => expectPreview(alone));
  it('rehearses a run on the built-in emulator', () => expectRehearsal(alone));
  it('goes on with a run that was killed', () => expectResume(alone));
  it('shows its help', async () => expect(await cordon(['run', '--help'], { program: alone })).toMatchObject({ code: 0, stderr: '' }));
});

describe('a Windows program', () => {
  /** A header as short as may be, with a signature of 8 bytes at the end. */
  function program(offset: number): Buffer {
    const bytes = Buffer.alloc(512 + 8, 1);
    bytes.writeUInt32LE(64, 0x3c);
    bytes.write('PE\0\0', 64, 'latin1');
    bytes.writeUInt16LE(0x20b, 64 + 24);
    bytes.writeUInt32LE(offset, 64 + 24 + 144);
    bytes.writeUInt32LE(8, 64 + 24 + 148);
    return bytes;
  }

  it('loses its signature and nothing else', () => {
    const [before, after] = [program(512), unsigned(program(512))];
    expect(after.length).toBe(512);
    expect(after.subarray(64 + 24 + 144, 64 + 24 + 152)).toEqual(Buffer.alloc(8));
    expect(after.subarray(0, 64 + 24 + 144)).toEqual(before.subarray(0, 64 + 24 + 144));
    expect(unsigned(after)).toEqual(after);
  });

  it('that is none, or is laid out otherwise, is refused', () => {
    expect(() => unsigned(Buffer.alloc(512))).toThrow('no 64-bit Windows program');
    expect(() => unsigned(program(256))).toThrow('does not stand at the end');
  });
});
