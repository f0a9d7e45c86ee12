/** A radio that nobody should turn on: these boards are on their serial line. */
export default class Wifi {
  constructor() {
    throw new Error('no radio');
  }
}
