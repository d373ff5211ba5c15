import about from '../../package.json' with { type: 'json' };

/** The program's version, from package.json; a build takes it along. */
export const VERSION: string = about.version;
