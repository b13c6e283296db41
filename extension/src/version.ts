// TypeScript keeps `import` inside of src
declare const require: (path: string) => { version: string };

/** The version of this half; the server extension must be of the same. */
export const VERSION: string = require('../package.json').version;
