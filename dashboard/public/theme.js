// Before the first paint, so that nobody is dazzled: src/ui/theme.ts does the same from then on.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('postern.theme')
  } catch {}
  const isDark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
})()
