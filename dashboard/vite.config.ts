/**
 * The dashboard as files with hashed names, a chunk for each page. `--mode gallery` builds every component of src/ui on
 * one page instead, for the tests; nothing of it is in the dashboard's own bundle.
 */
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig(({ mode }) => ({
  root: mode === 'gallery' ? here('./gallery') : here('.'),
  publicDir: here('./public'),
  plugins: [react(), tailwindcss()],
  // Nothing of the environment is put into the bundle, whatever its name.
  envPrefix: 'NOTHING_OF_THE_ENVIRONMENT_',
  envDir: false as const,
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    sourcemap: false,
    // As data: in a style sheet, a file would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
}))
