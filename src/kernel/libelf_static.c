// Two functions that elfutils 0.192's libelf.a (Debian 13) calls but does not hold
// (sourceware.org bug 32293); linked in only where they are missing. The tree that they manage is
// that of elf_getdata_rawchunk(), which libbpf never calls: it stays empty, as it was allocated.

void eu_search_tree_init(void *tree);
void eu_search_tree_fini(void *tree, void (*free_node)(void *));

void eu_search_tree_init(void *tree) {
    (void)tree;
}

void eu_search_tree_fini(void *tree, void (*free_node)(void *)) {
    (void)tree;
    (void)free_node;
}
