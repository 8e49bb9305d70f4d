/**
 * HTML of strangers: no scripts, no forms, no way up. Its own answer carries a policy that makes it a page of no origin,
 * and the frame says so once more, so that either would do.
 */
export function PreviewFrame({
  src,
  title,
  theme = 'light',
  width,
}: {
  src: string
  title: string
  /** What the HTML stands on, and what it is told that its reader prefers. */
  theme?: 'light' | 'dark'
  /** In pixels; all there is when left out. */
  width?: number
}) {
  return (
    <iframe
      src={src}
      title={title}
      sandbox=""
      referrerPolicy="no-referrer"
      className="mx-auto block h-[32rem] max-h-[70dvh] w-full rounded-xl border border-line"
      style={{
        colorScheme: theme,
        background: theme === 'dark' ? '#121212' : '#ffffff',
        ...(width !== undefined && { maxWidth: width }),
      }}
    />
  )
}
