import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// For the front end whose folder is given as the root. To the browser, page and API are of one origin.
const proxy = { '/graphql': process.env['API_URL'] ?? 'http://localhost:4000' };

export default defineConfig({
  plugins: [react()],
  publicDir: '../app/public',
  server: { port: Number(process.env['PAGE_PORT'] ?? 5173), strictPort: true, fs: { allow: ['..'] }, proxy },
  preview: { proxy },
});
