/** To be loaded before the program (`--import`): somebody sets its wall clock. JUMPS is `[[after ms, by ms], …]`. */
const RealDate = Date;
const began = performance.now();
const jumps: readonly (readonly [number, number])[] = JSON.parse(process.env['JUMPS'] ?? '[]');

function now(): number {
  const elapsed = performance.now() - began;
  return jumps.reduce((at, [after, by]) => (elapsed >= after ? at + by : at), RealDate.now());
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length > 0 ? args : [now()]),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
