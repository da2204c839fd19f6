// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The file system: a directory whose files are topics.
 *
 *	mount -t fanout none /dev/baf -o mode=1777,size=64M,max=100
 *
 * Creating a file makes a topic, and removing it removes the topic: processes that have it open
 * finish reading the ring. A file's size is the ring's capacity; truncate(2) sets it until the
 * topic is first opened and memory is taken. There is one directory, and it holds only topics.
 * Each mount is a separate set of topics.
 *
 * mode=, uid= and gid= apply to the directory, as on tmpfs. size= limits the memory of all rings,
 * max= the number of topics; a removed topic counts until the last process closes it.
 *
 * Mounting needs CAP_SYS_ADMIN in the initial user namespace. The pages of a ring cannot be
 * swapped, size= is per mount, and a user who may make user namespaces may make any number of
 * mounts: unless a memory cgroup limits them, they could pin all memory. So this file system must
 * not be mountable there, although tmpfs is. A privileged process can mount it for a container.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "file.h"

#define NAME_LENGTH_MAX 200
#define CAPACITY_DEFAULT SZ_1M
#define TOPICS_DEFAULT 1024

/**
 * struct fanout_mount - a superblock's own data, and the options of mount(2)
 * @budget: memory and topics in use, and their limits
 * @mode:   of the directory; with S_ISGID topics get its group
 * @uid:    likewise
 * @gid:    likewise
 */
struct fanout_mount {
	struct fanout_budget budget;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
};

static struct fanout_mount *mount_of(const struct super_block *super)
{
	return super->s_fs_info;
}

/*
 * Names: as everywhere in baf, segments of [A-Za-z0-9_-] with dots between them.
 */

static bool is_name_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* 0; -EPERM: a hidden file, which is not allowed; -EINVAL; -ENAMETOOLONG. */
static int check_name(const struct qstr *name)
{
	bool segment = false;
	unsigned int i;

	if (name->len > NAME_LENGTH_MAX)
		return -ENAMETOOLONG;
	if (name->name[0] == '.')
		return -EPERM;
	if (name->name[0] == '-')
		return -EINVAL;
	for (i = 0; i < name->len; i++) {
		if (name->name[i] == '.' ? !segment : !is_name_byte(name->name[i]))
			return -EINVAL;
		segment = name->name[i] != '.';
	}
	return segment ? 0 : -EINVAL;
}

/* Inodes. i_private is the topic, with a reference; it changes only under i_rwsem and i_lock. */

struct fanout_topic *fanout_inode_topic(struct inode *inode)
{
	struct fanout_topic *topic;

	spin_lock(&inode->i_lock);
	topic = fanout_topic_get(inode->i_private);
	spin_unlock(&inode->i_lock);
	return topic;
}

static void show_size(struct inode *inode)
{
	struct fanout_topic *topic = inode->i_private;

	i_size_write(inode, topic->size);
}

struct fanout_topic *fanout_inode_replace(struct inode *inode, struct fanout_topic *topic,
					  const struct fanout_publisher *publisher, u64 size)
{
	struct fanout_topic *next;

	inode_lock(inode);
	/* A topic that is no longer the inode's is retired, and has no successor. */
	next = fanout_topic_succeed(topic, publisher, size);
	if (!IS_ERR(next)) {
		/* The next process to open it finds a writer: more will come. */
		fanout_topic_add_writer(next);
		spin_lock(&inode->i_lock);
		inode->i_private = fanout_topic_get(next);
		spin_unlock(&inode->i_lock);
		show_size(inode);
		/* Now: readers at the end of the old ring look for its successor. */
		fanout_topic_retire(topic);
		fanout_topic_put(topic);
	}
	inode_unlock(inode);
	return next;
}

static int fanout_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int r = setattr_prepare(idmap, dentry, attr);

	if (r)
		return r;
	/* Shells truncate to nothing before they write. */
	if (attr->ia_valid & ATTR_SIZE && attr->ia_size) {
		r = fanout_topic_resize(inode->i_private, attr->ia_size);
		if (r)
			return r;
		show_size(inode);
	}
	setattr_copy(idmap, inode, attr);
	return 0;
}

static const struct inode_operations topic_operations = {
	.setattr = fanout_setattr,
};

static int reserve_topic(struct fanout_budget *budget)
{
	int r = 0;

	spin_lock(&budget->lock);
	if (budget->topics >= budget->topics_max)
		r = -ENOSPC;
	else
		budget->topics++;
	spin_unlock(&budget->lock);
	return r;
}

static void return_topic(struct fanout_budget *budget)
{
	spin_lock(&budget->lock);
	budget->topics--;
	spin_unlock(&budget->lock);
}

static struct inode *new_inode_with_topic(struct super_block *super)
{
	struct fanout_budget *budget = &mount_of(super)->budget;
	struct fanout_topic *topic = fanout_topic_new(CAPACITY_DEFAULT, 0, budget);
	struct inode *inode = topic ? new_inode(super) : NULL;

	if (!inode) {
		if (topic)
			fanout_topic_put(topic);
		return NULL;
	}
	inode->i_ino = get_next_ino();
	inode->i_private = topic;
	inode->i_op = &topic_operations;
	inode->i_fop = &fanout_file_operations;
	simple_inode_init_ts(inode);
	show_size(inode);
	return inode;
}

static int fanout_create(struct mnt_idmap *idmap, struct inode *directory, struct dentry *dentry,
			 umode_t mode)
{
	struct fanout_budget *budget = &mount_of(directory->i_sb)->budget;
	struct inode *inode;
	int r = check_name(&dentry->d_name);

	if (r == 0)
		r = reserve_topic(budget);
	if (r)
		return r;
	inode = new_inode_with_topic(directory->i_sb);
	if (!inode) {
		return_topic(budget);
		return -ENOMEM;
	}
	inode_init_owner(idmap, inode, directory, S_IFREG | (mode & 0777));
	inode_set_mtime_to_ts(directory, inode_set_ctime_current(directory));
	d_make_persistent(dentry, inode);
	return 0;
}

COMPAT_CREATE(fanout_create)

static int fanout_unlink(struct inode *directory, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	int r = simple_unlink(directory, dentry);

	if (r == 0)
		fanout_topic_retire(inode->i_private);
	return r;
}

static int fanout_rename(struct mnt_idmap *idmap, struct inode *old_directory,
			 struct dentry *old_dentry, struct inode *new_directory,
			 struct dentry *new_dentry, unsigned int flags)
{
	struct inode *replaced = d_inode(new_dentry);
	int r = check_name(&new_dentry->d_name);

	if (r == 0 && flags & ~RENAME_NOREPLACE)
		r = -EINVAL;
	if (r == 0)
		r = simple_rename(idmap, old_directory, old_dentry, new_directory, new_dentry,
				  flags);
	if (r == 0 && replaced)
		fanout_topic_retire(replaced->i_private);
	return r;
}

static const struct inode_operations directory_operations = {
	.lookup = simple_lookup,
	.create = compat_create(fanout_create),
	.unlink = fanout_unlink,
	.rename = fanout_rename,
};

/*
 * The superblock.
 */

static void fanout_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (!S_ISREG(inode->i_mode))
		return;
	fanout_topic_put(inode->i_private);
	return_topic(&mount_of(inode->i_sb)->budget);
}

static int fanout_statfs(struct dentry *dentry, struct kstatfs *status)
{
	struct fanout_budget *budget = &mount_of(dentry->d_sb)->budget;

	status->f_type = FANOUT_SUPER_MAGIC;
	status->f_bsize = PAGE_SIZE;
	status->f_namelen = NAME_LENGTH_MAX;
	spin_lock(&budget->lock);
	status->f_blocks = budget->bytes_max >> PAGE_SHIFT;
	if (budget->bytes < budget->bytes_max)
		status->f_bfree = (budget->bytes_max - budget->bytes) >> PAGE_SHIFT;
	status->f_files = budget->topics_max;
	if (budget->topics < budget->topics_max)
		status->f_ffree = budget->topics_max - budget->topics;
	spin_unlock(&budget->lock);
	status->f_bavail = status->f_bfree;
	return 0;
}

/* Both limits, read together: they may change while the file system is mounted. */
static struct fanout_budget limits_of(struct fanout_budget *budget)
{
	struct fanout_budget limits = {};

	spin_lock(&budget->lock);
	limits.bytes_max = budget->bytes_max;
	limits.topics_max = budget->topics_max;
	spin_unlock(&budget->lock);
	return limits;
}

static int fanout_show_options(struct seq_file *seq, struct dentry *root)
{
	struct fanout_mount *mount = mount_of(root->d_sb);
	const struct fanout_budget limits = limits_of(&mount->budget);

	seq_printf(seq, ",mode=%03o", mount->mode);
	if (!uid_eq(mount->uid, GLOBAL_ROOT_UID))
		seq_printf(seq, ",uid=%u", from_kuid_munged(&init_user_ns, mount->uid));
	if (!gid_eq(mount->gid, GLOBAL_ROOT_GID))
		seq_printf(seq, ",gid=%u", from_kgid_munged(&init_user_ns, mount->gid));
	seq_printf(seq, ",size=%lluk,max=%llu", limits.bytes_max >> 10, limits.topics_max);
	return 0;
}

static const struct super_operations super_operations = {
	.evict_inode = fanout_evict_inode,
	.statfs = fanout_statfs,
	.show_options = fanout_show_options,
};

static struct inode *make_directory(struct super_block *super)
{
	const struct fanout_mount *mount = mount_of(super);
	struct inode *inode = new_inode(super);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFDIR | mount->mode;
	inode->i_uid = mount->uid;
	inode->i_gid = mount->gid;
	inode->i_op = &directory_operations;
	inode->i_fop = &simple_dir_operations;
	simple_inode_init_ts(inode);
	set_nlink(inode, 2);
	return inode;
}

static int fanout_fill_super(struct super_block *super, struct fs_context *context)
{
	super->s_magic = FANOUT_SUPER_MAGIC;
	super->s_blocksize = PAGE_SIZE;
	super->s_blocksize_bits = PAGE_SHIFT;
	super->s_maxbytes = MAX_LFS_FILESIZE;
	super->s_time_gran = 1;
	super->s_iflags |= SB_I_NODEV | SB_I_NOEXEC;
	super->s_op = &super_operations;
	super->s_root = d_make_root(make_directory(super));
	return super->s_root ? 0 : -ENOMEM;
}

/*
 * Mounting.
 */

enum { OPTION_MODE, OPTION_UID, OPTION_GID, OPTION_SIZE, OPTION_MAX };

static const struct fs_parameter_spec parameters[] = {
	fsparam_u32oct("mode", OPTION_MODE),
	fsparam_u32("uid", OPTION_UID),
	fsparam_u32("gid", OPTION_GID),
	fsparam_string("size", OPTION_SIZE),
	fsparam_u64("max", OPTION_MAX),
	{}
};

static int parse_size(struct fs_context *context, const char *string, u64 *size)
{
	char *end;

	*size = memparse(string, &end);
	if (*end || end == string || !*size)
		return invalf(context, "fanout: size=%s is no size, such as 64M", string);
	return 0;
}

static int fanout_parse_param(struct fs_context *context, struct fs_parameter *parameter)
{
	struct fanout_mount *mount = context->s_fs_info;
	struct fs_parse_result result;
	int option = fs_parse(context, parameters, parameter, &result);

	switch (option) {
	case OPTION_MODE:
		if (result.uint_32 & ~03777)
			return invalf(context, "fanout: mode=%o is no mode", result.uint_32);
		mount->mode = result.uint_32;
		return 0;
	case OPTION_UID:
		mount->uid = make_kuid(context->user_ns, result.uint_32);
		return uid_valid(mount->uid) ? 0 : invalf(context, "fanout: no such uid");
	case OPTION_GID:
		mount->gid = make_kgid(context->user_ns, result.uint_32);
		return gid_valid(mount->gid) ? 0 : invalf(context, "fanout: no such gid");
	case OPTION_SIZE:
		return parse_size(context, parameter->string, &mount->budget.bytes_max);
	case OPTION_MAX:
		mount->budget.topics_max = result.uint_64;
		return 0;
	}
	return option;
}

static int fanout_get_tree(struct fs_context *context)
{
	return get_tree_nodev(context, fanout_fill_super);
}

/* Remounting: limits may change; existing topics stay. */
static int fanout_reconfigure(struct fs_context *context)
{
	const struct fanout_mount *wish = context->s_fs_info;
	struct fanout_budget *budget = &mount_of(context->root->d_sb)->budget;

	spin_lock(&budget->lock);
	budget->bytes_max = wish->budget.bytes_max;
	budget->topics_max = wish->budget.topics_max;
	spin_unlock(&budget->lock);
	return 0;
}

static void fanout_free_context(struct fs_context *context)
{
	kfree(context->s_fs_info);
}

static const struct fs_context_operations context_operations = {
	.parse_param = fanout_parse_param,
	.get_tree = fanout_get_tree,
	.reconfigure = fanout_reconfigure,
	.free = fanout_free_context,
};

static void set_defaults(struct fanout_mount *mount)
{
	mount->mode = 0755;
	mount->uid = GLOBAL_ROOT_UID;
	mount->gid = GLOBAL_ROOT_GID;
	mount->budget.bytes_max = (u64)totalram_pages() / 8 * PAGE_SIZE;
	mount->budget.topics_max = TOPICS_DEFAULT;
}

static int fanout_init_fs_context(struct fs_context *context)
{
	struct fanout_mount *mount = kzalloc(sizeof(*mount), GFP_KERNEL_ACCOUNT);

	if (!mount)
		return -ENOMEM;
	set_defaults(mount);
	if (context->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		mount->budget = limits_of(&mount_of(context->root->d_sb)->budget);
	spin_lock_init(&mount->budget.lock);
	context->s_fs_info = mount;
	context->ops = &context_operations;
	return 0;
}

static void fanout_kill_super(struct super_block *super)
{
	struct fanout_mount *mount = mount_of(super);

	FANOUT_KILL_SUPER(super);
	kfree(mount);
}

static struct file_system_type fanout_type = {
	.owner = THIS_MODULE,
	.name = "fanout",
	.init_fs_context = fanout_init_fs_context,
	.parameters = parameters,
	.kill_sb = fanout_kill_super,
};

int fanout_filesystem_register(void)
{
	return register_filesystem(&fanout_type);
}

void fanout_filesystem_unregister(void)
{
	unregister_filesystem(&fanout_type);
}
