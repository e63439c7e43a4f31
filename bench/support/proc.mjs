/** What the operating system says of a process, from /proc. */
import { readFileSync } from 'node:fs';

/** Linux counts CPU time for /proc in hundredths of a second on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat behind the command's closing parenthesis. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** CPU seconds of all threads so far, user and system. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10^6 bytes), pages of mapped files included. */
export function residentMb(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(kilobytes) * 1024) / 1e6;
}
