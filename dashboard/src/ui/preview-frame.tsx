/**
 * HTML of strangers, on an origin of its own: no scripts, no forms, no way up. `src` must lead to another origin; the
 * console's policy names it in `frame-src`, and the frame's own answer carries a policy for what is inside.
 */
export function PreviewFrame({ src, title }: { src: string; title: string }) {
  const isForeign = new URL(src, location.href).origin !== location.origin
  if (!isForeign) throw new Error('a preview must come from another origin than the dashboard')
  return (
    <iframe
      src={src}
      title={title}
      sandbox=""
      referrerPolicy="no-referrer"
      loading="lazy"
      className="block h-[32rem] max-h-[70dvh] w-full rounded-xl border border-line bg-[white]"
    />
  )
}
