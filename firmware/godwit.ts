// `import { defineAgent } from 'godwit'` in an agent's file names the npm package in Node and this module on a board.
export * from 'godwit/index';
