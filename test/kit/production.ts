/** The least that a production server can be started with, behind a proxy; `HTTPS` is what that proxy says of each request. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: 'kQ2vN8xR4tY7uB1mZ5cL9wE3aS6dF0gH',
  DATA_DIR: '/nowhere',
  TRUST_PROXY: '1',
};
export const HTTPS = { 'x-forwarded-proto': 'https' };
