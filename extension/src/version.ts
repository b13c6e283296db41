// TypeScript does not `import` from outside of src
declare const require: (path: string) => { version: string };

/** The version of the panel; the server extension must have the same. */
export const VERSION: string = require('../package.json').version;
