/** JupyterLab's packages are ES modules, which jest runs when they are translated like our own. */
const translated = [
  '@jupyterlab',
  '@jupyter',
  '@microsoft',
  'lib0',
  'marked',
  'exenv-es6',
  'yjs',
  'y-protocols'
];

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts?(x)'],
  transform: {
    '^.+\\.(m?js|tsx?)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022' } }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${translated.join('|')})/)`],
  moduleNameMapper: { '\\.(css|svg)$': '<rootDir>/test/empty.cjs' }
};
