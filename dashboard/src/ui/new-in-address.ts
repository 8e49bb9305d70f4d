/** `?new=1` opens the dialog in which something is made: the command palette leads to a list with it. */
import { useNavigate, useSearch } from '@tanstack/react-router'

export function useNewInAddress(): [boolean, (isOpen: boolean) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const set = (isOpen: boolean) => {
    const { new: _, ...rest } = search
    const next = isOpen ? { ...rest, new: 1 } : rest
    void navigate({ to: '.', search: next, replace: true } as never) // any page may use it
  }
  return [search.new !== undefined, set]
}
