/** Node's Windows program is signed; anything added to it breaks that signature, and a broken one is worse than none. */

const PE_OFFSET = 0x3c;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
/** Of the certificate table's entry in the optional header of a 64-bit program. */
const CERTIFICATES = 112 + 4 * 8;

/**
 * The program without its signature. Sign it again when everything is in.
 * @throws Error when it is no 64-bit Windows program, or the signature does not stand at its end
 */
export function unsigned(program: Buffer): Buffer {
  const pe = program.readUInt32LE(PE_OFFSET);
  const header = pe + OPTIONAL_HEADER;
  if (program.toString('latin1', pe, pe + 4) !== 'PE\0\0' || program.readUInt16LE(header) !== PE32_PLUS)
    throw new Error('this is no 64-bit Windows program');
  const [offset, size] = [program.readUInt32LE(header + CERTIFICATES), program.readUInt32LE(header + CERTIFICATES + 4)];
  if (size === 0) return program;
  if (offset + size !== program.length) throw new Error('the signature does not stand at the end of the file');
  const bare = Buffer.from(program.subarray(0, offset));
  bare.fill(0, header + CERTIFICATES, header + CERTIFICATES + 8);
  return bare;
}
