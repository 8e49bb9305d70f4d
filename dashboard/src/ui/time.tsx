import { useEffect, useState } from 'react'
import { nowMs } from '../lib/clock.ts'
import { absoluteText, elapsedText } from '../lib/elapsed.ts'

const tickMs = 15_000

/** "4 min. ago", with the moment itself in the title; `isAbsolute` shows the moment. */
export function Time({ at, isAbsolute = false }: { at: string; isAbsolute?: boolean }) {
  const [now, setNow] = useState(nowMs)
  useEffect(() => {
    const timer = setInterval(() => setNow(nowMs()), tickMs)
    return () => clearInterval(timer)
  }, [])
  const date = new Date(at)
  const absolute = absoluteText(date)
  return (
    <time dateTime={at} title={absolute} className="whitespace-nowrap tabular-nums">
      {isAbsolute ? absolute : elapsedText(date.getTime(), now)}
    </time>
  )
}
