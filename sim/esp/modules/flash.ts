import { flash } from './this-board.js';

export default {
  open({ path }: { path: string }) {
    if (path !== 'godwit') throw new Error("can't find partition");
    return flash;
  },
};
