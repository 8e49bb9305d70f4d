/** A list of any length: only the rows in view are in the page. Arrow keys move from row to row. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import { cx } from '../lib/class-names.ts'

export interface Column<Row> {
  name: string
  cell: (row: Row) => ReactNode
  /** Left out on screens narrower than this. */
  from?: 'sm' | 'md' | 'lg'
  isNumber?: boolean
  /** The column that takes the room that is left; one of them. */
  isWide?: boolean
}

export interface TableProps<Row> {
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowKey: (row: Row) => string
  /** Rows there are in all, when that is known and not all of them are here. */
  count?: number
  /** Where the first column's link of a row leads is given by its cell; this names the height it scrolls in. */
  height?: 'page' | 'short'
}

const rowPx = 44
const overscan = 12
const shown = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden' }

export function Table<Row>(props: TableProps<Row>) {
  const { label, rows, columns, rowKey, count = rows.length, height = 'page' } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan,
    initialRect: { width: 800, height: 600 },
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const place = (event.target as HTMLElement).closest('tr')?.dataset.row // keys come from elements
    if (step === 0 || place === undefined) return
    const wanted = Number(place) + step
    if (wanted < 0 || wanted >= rows.length) return
    event.preventDefault()
    virtual.scrollToIndex(wanted)
    requestAnimationFrame(() => {
      scroller.current
        ?.querySelector<HTMLElement>(`tr[data-row="${wanted}"] :is(a, button)`)
        ?.focus()
    })
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are a shortcut; Tab reaches every row as well
    <div
      ref={scroller}
      onKeyDown={move}
      className={cx(
        'overflow-auto rounded-2xl border border-line bg-surface shadow-card',
        height === 'page' ? 'max-h-[calc(100dvh-15rem)] min-h-48' : 'max-h-72',
      )}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus (WCAG 2.1.1)
      tabIndex={0}
    >
      <table
        aria-label={label}
        aria-rowcount={count + 1}
        className="w-full border-separate border-spacing-0"
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={cx(
                  'sticky top-0 z-10 h-10 border-b border-line bg-surface px-4 text-left text-xs font-medium whitespace-nowrap text-ink-soft',
                  column.isNumber && 'text-right',
                  column.isWide && 'w-full',
                  column.from && shown[column.from],
                )}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap px={before} columns={columns.length} />
          {items.map(({ index }) => {
            const row = rows[index]
            return row === undefined ? null : (
              <tr
                key={rowKey(row)}
                data-row={index}
                aria-rowindex={index + 2}
                className="relative h-11 hover:bg-hover has-focus-visible:bg-hover"
              >
                {columns.map((column) => (
                  <Cell
                    key={column.name}
                    column={column}
                    row={row}
                    isLast={index === rows.length - 1}
                  />
                ))}
              </tr>
            )
          })}
          <Gap px={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  )
}

function Cell<Row>({ column, row, isLast }: { column: Column<Row>; row: Row; isLast: boolean }) {
  return (
    <td
      className={cx(
        'px-4 whitespace-nowrap',
        !isLast && 'border-b border-line',
        column.isNumber && 'text-right tabular-nums',
        column.isWide && 'w-full max-w-0 truncate',
        column.from && shown[column.from],
      )}
    >
      {column.cell(row)}
    </td>
  )
}

/** Stands for the rows that are not in the page. */
function Gap({ px, columns }: { px: number; columns: number }) {
  if (px <= 0) return null
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height: px }} />
    </tr>
  )
}

/** For the link in a row's first cell: the whole row can be pressed. */
export const rowLinkClass =
  'font-medium after:absolute after:inset-0 focus-visible:outline-offset-4'
