/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * All memory ordering of the ring, for user space and for the kernel.
 *
 * Use only these to read fields that others write, and to write fields that others read. Where a
 * release and an acquire pair, a comment at each of them says so. A comment at each fence says
 * which accesses it orders.
 *
 * fanout_load_racing() reads memory that a plain copy may be overwriting at the same time. Its
 * result counts only if the tail shows afterwards that this did not happen. Race detectors are
 * told that the race is intended.
 */
#ifndef FANOUT_BARRIER_H
#define FANOUT_BARRIER_H

#ifdef __KERNEL__

#include <asm/barrier.h>
#include <linux/compiler.h>

#define fanout_load(pointer) READ_ONCE(*(pointer))
#define fanout_load_racing(pointer) data_race(READ_ONCE(*(pointer)))
#define fanout_store(pointer, value) WRITE_ONCE(*(pointer), value)
#define fanout_load_acquire(pointer) smp_load_acquire(pointer)
#define fanout_store_release(pointer, value) smp_store_release(pointer, value)
#define fanout_fence_load() smp_rmb()
#define fanout_fence_store() smp_wmb()
#define fanout_fence_full() smp_mb()

#else

#define fanout_load(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define fanout_load_racing(pointer) fanout_load(pointer)
#define fanout_store(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define fanout_load_acquire(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define fanout_store_release(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)

/*
 * C11 has no pure load-load or store-store fence; acquire and release fences are the nearest that
 * contain them. ThreadSanitizer does not model fences: the test that runs under it explains the
 * consequences.
 */
#define fanout_fence_load() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define fanout_fence_store() __atomic_thread_fence(__ATOMIC_RELEASE)
#define fanout_fence_full() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif

#endif /* FANOUT_BARRIER_H */
