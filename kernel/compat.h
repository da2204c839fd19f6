/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The code is written for the newest kernel. Kbuild includes this header first; it gives older
 * kernels the newest names. Nothing else in this folder checks the kernel version.
 *
 * Stable kernels may adopt names from newer ones at any time. So each function here has a name of
 * its own, and a macro that hides the kernel's, if there is one.
 */
#ifndef FANOUT_COMPAT_H
#define FANOUT_COMPAT_H

#include <linux/version.h>

#if KERNEL_VERSION(5, 15, 0) > LINUX_VERSION_CODE
#error "fanout needs Linux 5.15 or later"
#endif

#ifndef CONFIG_64BIT
#error "fanout needs a 64-bit kernel: positions are read and written in one instruction"
#endif

#if defined(CONFIG_SPARC64) || defined(CONFIG_PARISC) || defined(CONFIG_MIPS)
#error "fanout maps its pages at several addresses, which caches of this machine do not bear"
#endif

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/uio.h>

/* 5.16: returns how much could not be fetched. */
#if KERNEL_VERSION(5, 15, 37) > LINUX_VERSION_CODE
#define fault_in_iov_iter_readable compat_fault_in_iov_iter_readable
static inline size_t compat_fault_in_iov_iter_readable(const struct iov_iter *i, size_t bytes)
{
	return iov_iter_fault_in_readable((struct iov_iter *)i, bytes) ? bytes : 0;
}
#endif

/* 6.2: a class's devnode() takes a const device. */
#if KERNEL_VERSION(6, 2, 0) > LINUX_VERSION_CODE
#define FANOUT_CONST_DEVICE struct device
#else
#define FANOUT_CONST_DEVICE const struct device
#endif

/* 6.3: file systems get the mount's id map; and functions change the flags of a vma. */
#if KERNEL_VERSION(6, 3, 0) > LINUX_VERSION_CODE
#include <linux/user_namespace.h>

#define mnt_idmap user_namespace
#define nop_mnt_idmap init_user_ns

#define vm_flags_mod compat_vm_flags_mod
static inline void compat_vm_flags_mod(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* 6.5: a separate function splices by copying. */
#if KERNEL_VERSION(6, 5, 0) > LINUX_VERSION_CODE
#define copy_splice_read generic_file_splice_read
#endif

/* 6.6 and 6.7: functions set the times of an inode. */
#if KERNEL_VERSION(6, 6, 0) > LINUX_VERSION_CODE
#define inode_set_ctime_current compat_inode_set_ctime_current
static inline struct timespec64 compat_inode_set_ctime_current(struct inode *inode)
{
	inode->i_ctime = current_time(inode);
	return inode->i_ctime;
}
#endif
#if KERNEL_VERSION(6, 7, 0) > LINUX_VERSION_CODE
#define inode_set_mtime_to_ts(inode, time) ((inode)->i_mtime = (time))

#define simple_inode_init_ts compat_simple_inode_init_ts
static inline void compat_simple_inode_init_ts(struct inode *inode)
{
	inode->i_mtime = inode_set_ctime_current(inode);
	inode->i_atime = inode->i_mtime;
}
#endif

/* 6.19: directory entries that exist only in memory are marked, and the core removes them. */
#if KERNEL_VERSION(6, 19, 0) > LINUX_VERSION_CODE
#define d_make_persistent compat_d_make_persistent
static inline void compat_d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	dget(dentry);
}

#define FANOUT_KILL_SUPER kill_litter_super
#else
#define FANOUT_KILL_SUPER kill_anon_super
#endif

/*
 * 7.x: create() is no longer told whether the caller asked for O_EXCL. The function's type shows
 * which kernel it is.
 */
#define COMPAT_CREATE(name)                                                                        \
	static int __maybe_unused name##_with_exclusive(struct mnt_idmap *idmap,                   \
							  struct inode *directory,                 \
							  struct dentry *dentry, umode_t mode,     \
							  bool exclusive)                          \
	{                                                                                          \
		return name(idmap, directory, dentry, mode);                                       \
	}
#define compat_create(name)                                                                        \
	__builtin_choose_expr(__builtin_types_compatible_p(                                        \
				      typeof(*((const struct inode_operations *)NULL)->create),    \
				      typeof(name##_with_exclusive)),                              \
			      name##_with_exclusive, name)

#endif /* FANOUT_COMPAT_H */
