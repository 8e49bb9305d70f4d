import { CircleAlert } from 'lucide-react'

/** What is wrong with a form as a whole, read out as it comes. */
export function Problem({ children }: { children: string | undefined }) {
  if (!children) return null
  return (
    <p role="alert" className="flex items-start gap-2 rounded-lg bg-bad-soft px-3 py-2 text-bad">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {children}
    </p>
  )
}
