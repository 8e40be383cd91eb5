/* test_fpga_opening.c - what is said of a board that is not there, may not be opened, or is
 * something else, on trees that the test makes. */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_address.h"
#include "fpga/host/fpga_driver.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch tmp;

static void setup(void)
{
    scratch_make(&tmp);
}

static void teardown(void)
{
    scratch_remove(&tmp);
}

TestSuite(fpga_opening, .init = setup, .fini = teardown);

static void refused(const char *device, enum status want, const char *text)
{
    struct fpga_driver d;
    enum status s = fpga_driver_open(device, &d);
    cr_assert_eq(s, want, "%s: %d, %s", device, s, status_message());
    cr_assert_not_null(strstr(status_message(), text), "%s: %s (expected %s)", device,
                       status_message(), text);
}

Test(fpga_opening, addresses)
{
    static const char *const bad[] = {
        "",          "x",          "-1",          "1000",           "0,",
        "0,udmabuf", "0,udmabufx", "0,udmabuf0x", "0,timeout_ms=0", "0,timeout_ms=3600001",
        "0,root=",   "0 ",         "0,other=1"};
    struct fpga_address a;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(fpga_address_parse("uio", bad[i], &a), E_USAGE, "'%s' was taken", bad[i]);
    cr_assert_eq(fpga_address_parse("uio", "7,udmabuf2,timeout_ms=5,root=/x", &a), OK);
    cr_assert(a.number == 7 && a.buffer == 2 && a.timeout_ms == 5);
    cr_assert_str_eq(a.root, "/x");
    cr_assert_eq(fpga_address_parse("xdma", "0", &a), OK);
    cr_assert(a.number == 0 && a.buffer == -1 && a.timeout_ms == 10000 && a.root[0] == '\0');
    refused("xdma:0,udmabuf0", E_USAGE, "a udmabuf is for uio:");
}

/* A name below the tree. */
static const char *below(const char *scheme)
{
    static char text[200];
    snprintf(text, sizeof text, "%s,root=%s", scheme, tmp.dir);
    return text;
}

static void file_of(const char *name, uint32_t first, uint32_t second, size_t n)
{
    uint32_t words[1024] = {first, second};
    if (first == 0xffffffff)
        memset(words, 0xff, sizeof words);
    scratch_write(&tmp, name, words, n);
}

Test(fpga_opening, what_is_not_there)
{
    refused(below("xdma:0"), E_ABSENT, "/dev/xdma0_user: no such device (is its driver loaded?)");
    refused(below("uio:3"), E_ABSENT, "/dev/uio3: no such device");
    file_of("dev/uio0", 0, 0, 4096);
    refused(below("uio:0"), E_ABSENT, "/sys/class/uio/uio0/maps/map0/size: no number there");
    scratch_write(&tmp, "sys/class/uio/uio0/maps/map0/size", "0x80\n", 5);
    refused(below("uio:0"), E_DEVICE, "map0 has 128 bytes (expected 256 at least)");
    scratch_write(&tmp, "sys/class/uio/uio0/maps/map0/size", "0x1000\n", 7);
    refused(below("uio:0,udmabuf0"), E_ABSENT, "maps/map1/size: no number there");
    scratch_write(&tmp, "sys/class/uio/uio0/maps/map1/size", "0x1000\n", 7);
    scratch_write(&tmp, "sys/class/uio/uio0/maps/map2/size", "0x1000\n", 7);
    file_of("dev/uio0", 0, 0, 4096);
    refused(below("uio:0,udmabuf0"), E_DEVICE, "4096 bytes of registers");
    file_of("dev/uio0", FPGA_MAGIC, 0, 4096);
    cr_assert_eq(truncate(scratch_path(&tmp, "dev/uio0"), 3 * 4096), 0);
    refused(below("uio:0,udmabuf0"), E_ABSENT, "u-dma-buf/udmabuf0/size: no number there");
    scratch_write(&tmp, "sys/class/u-dma-buf/udmabuf0/size", "8192\n", 5);
    refused(below("uio:0,udmabuf0"), E_ABSENT, "udmabuf0/phys_addr: no number there");
    scratch_write(&tmp, "sys/class/u-dma-buf/udmabuf0/phys_addr", "0x1000000\n", 10);
    refused(below("uio:0,udmabuf0"), E_ABSENT, "/dev/udmabuf0: no such device");
    file_of("dev/udmabuf0", 0, 0, 4096);
    refused(below("uio:0,udmabuf0"), E_DEVICE, "/dev/udmabuf0: 4096 bytes (expected 8192)");
}

/* Files in place of the nodes, so that what is mapped is what stands in them. */
static void make_files(uint32_t magic, uint32_t version)
{
    static const char *const names[] = {"dev/xdma0_h2c_0", "dev/xdma0_h2c_1", "dev/xdma0_c2h_0",
                                        "dev/xdma0_events_0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        file_of(names[i], 0, 0, 8);
    file_of("dev/xdma0_user", magic, version, 4096);
}

Test(fpga_opening, what_answers_is_something_else)
{
    make_files(0xffffffff, 0);
    refused(below("xdma:0"), E_DEVICE, "all registers read as ones");
    make_files(0x12345678, 0);
    refused(below("xdma:0"), E_DEVICE, "no brds accelerator (register 0 is 12345678");
    make_files(FPGA_MAGIC, 9 << 16);
    refused(below("xdma:0"), E_DEVICE, "version 9.0 of the accelerator (expected 1.x)");
    make_files(FPGA_MAGIC, FPGA_VERSION_MAJOR << 16);
    refused(below("xdma:0"), E_DEVICE, "accelerator of u=0 m=0");
    file_of("dev/xdma0_user", FPGA_MAGIC, 0, 100);
    refused(below("xdma:0"), E_DEVICE, "100 bytes of registers (expected 256)");
    scratch_write(&tmp, "sys/class/uio/uio0/maps/map0/size", "4096\n", 5);
    file_of("dev/uio0", FPGA_MAGIC, FPGA_VERSION_MAJOR << 16, 4096);
    refused(below("uio:0"), E_DEVICE, "version 1.0 of the accelerator has no PIO window");
}

Test(fpga_opening, no_permission)
{
    char path[160];
    make_files(FPGA_MAGIC, FPGA_VERSION_MAJOR << 16);
    snprintf(path, sizeof path, "%s/dev/xdma0_user", tmp.dir);
    cr_assert_eq(chmod(path, 0), 0);
    cr_assert_eq(chmod(tmp.dir, 0755), 0);
    int is_root = geteuid() == 0;
    cr_assert(!is_root || seteuid(65534) == 0);
    refused(below("xdma:0"), E_IO, "permission denied (the user needs rights to the device)");
    cr_assert(!is_root || seteuid(0) == 0);
}
