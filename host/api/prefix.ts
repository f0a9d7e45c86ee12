/** Every path of the API begins with its version. */
export const API_PREFIX = '/v1';
