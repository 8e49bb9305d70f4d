/** The gate: a small door in a larger wall. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden>
      <rect width="32" height="32" rx="8" fill="#0f5c52" />
      <path
        d="M9 25V14a7 7 0 0 1 14 0v11"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <path d="M9 25h14" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="19" cy="18.5" r="1.7" fill="#f2c14e" />
    </svg>
  )
}
