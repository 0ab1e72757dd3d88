/*
 * Transforms a plane wave with FFTW over MPI and checks the answer.
 *
 *     mpirun -np 2 wave [N]            an N by N/2 grid, N 256 by default
 *
 * The transform of exp(2 pi i (p x/N + q y/M)) is N*M at the wave number (p, q)
 * and zero elsewhere; transforming back gives the wave again. Exit status 1 says
 * that either is not so.
 */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <fftw3-mpi.h>

enum { P = 5, Q = 17 }; /* the wave number, below half of either side of the grid */

static const double MAX_ERROR = 1e-10; /* relative to the wave's amplitude, 1 */

typedef struct {
    ptrdiff_t n, m;         /* the grid */
    ptrdiff_t first, lines; /* the lines of it that this process holds */
} grid;

static double complex wave(const grid *g, ptrdiff_t x, ptrdiff_t y) {
    const double turn = 2.0 * acos(-1.0);
    return cexp(I * turn * ((double)P * (double)x / (double)g->n + (double)Q * (double)y / (double)g->m));
}

/* What the transform of the wave is, divided by the number of points. */
static double complex spectrum(const grid *g, ptrdiff_t x, ptrdiff_t y) {
    (void)g;
    return x == P && y == Q ? 1.0 : 0.0;
}

/* The largest distance of scale*data to what is expected, over all processes. */
static double largest_error(const grid *g, const double complex *data, double scale,
                            double complex expected(const grid *, ptrdiff_t, ptrdiff_t)) {
    double largest = 0.0;
    for (ptrdiff_t x = 0; x < g->lines; x++)
        for (ptrdiff_t y = 0; y < g->m; y++) {
            double error = cabs(scale * data[x * g->m + y] - expected(g, g->first + x, y));
            if (isnan(error)) error = INFINITY; /* a NaN would be lost in the maximum over the processes */
            largest = fmax(largest, error);
        }
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return largest;
}

int main(int argc, char **argv) {
    int rank, processes;
    MPI_Init(&argc, &argv);
    fftw_mpi_init();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &processes);

    grid g = {.n = argc > 1 ? atoi(argv[1]) : 256};
    g.m = g.n / 2;
    if (g.m <= 2 * Q) {
        if (rank == 0) fprintf(stderr, "wave: the grid is too small for the wave; N must be more than %d\n", 4 * Q);
        MPI_Finalize();
        return 2;
    }
    ptrdiff_t size = fftw_mpi_local_size_2d(g.n, g.m, MPI_COMM_WORLD, &g.lines, &g.first);
    double complex *data = fftw_alloc_complex((size_t)size);
    fftw_plan forward = fftw_mpi_plan_dft_2d(g.n, g.m, data, data, MPI_COMM_WORLD, FFTW_FORWARD, FFTW_ESTIMATE);
    fftw_plan backward = fftw_mpi_plan_dft_2d(g.n, g.m, data, data, MPI_COMM_WORLD, FFTW_BACKWARD, FFTW_ESTIMATE);

    for (ptrdiff_t x = 0; x < g.lines; x++)
        for (ptrdiff_t y = 0; y < g.m; y++) data[x * g.m + y] = wave(&g, g.first + x, y);
    double points = (double)g.n * (double)g.m;
    fftw_execute(forward);
    double there = largest_error(&g, data, 1.0 / points, spectrum);
    fftw_execute(backward);
    double back = largest_error(&g, data, 1.0 / points, wave);

    int good = there <= MAX_ERROR && back <= MAX_ERROR;
    if (rank == 0)
        printf("%s: %td by %td points on %d processes, error %.1e there and %.1e back: %s\n", fftw_version, g.n, g.m,
               processes, there, back, good ? "correct" : "WRONG");

    fftw_destroy_plan(forward);
    fftw_destroy_plan(backward);
    fftw_free(data);
    fftw_mpi_cleanup();
    MPI_Finalize();
    return good ? 0 : 1;
}
