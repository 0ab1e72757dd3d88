/*
 * Solves a two-dimensional Laplace problem with hypre, by conjugate gradients
 * preconditioned with algebraic multigrid, and checks the answer.
 *
 *     mpirun -np 2 laplace [N]         N*N unknowns, 200 by default
 *
 * The right-hand side is made from a known solution, so it is the error that is
 * checked and not only the residual which the solver itself reports. Exit status
 * 1 says that the answer is wrong, or that it took more iterations than multigrid
 * takes on such a problem.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <HYPRE.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>

enum { MAX_ITERATIONS = 25 };

static const double TOLERANCE = 1e-10; /* of the residual, relative */
static const double MAX_ERROR = 1e-6;  /* of any unknown; the unknowns lie in [-1, 1] */

/* The solution that the right-hand side is made from, at row i of the matrix. */
static double exact(HYPRE_BigInt i, int n) {
    return sin(3.0 * (double)(i % n) / n) * cos(5.0 * (double)(i / n) / n);
}

/* Fills row i of the five-point Laplacian on an n by n grid; returns the number of entries. */
static int laplacian_row(HYPRE_BigInt i, int n, HYPRE_BigInt *columns, double *values) {
    HYPRE_BigInt x = i % n, y = i / n;
    int entries = 0;
    if (y > 0) { columns[entries] = i - n; values[entries++] = -1.0; }
    if (x > 0) { columns[entries] = i - 1; values[entries++] = -1.0; }
    columns[entries] = i; values[entries++] = 4.0;
    if (x < n - 1) { columns[entries] = i + 1; values[entries++] = -1.0; }
    if (y < n - 1) { columns[entries] = i + n; values[entries++] = -1.0; }
    return entries;
}

static HYPRE_IJVector make_vector(HYPRE_BigInt first, HYPRE_BigInt last) {
    HYPRE_IJVector vector;
    HYPRE_IJVectorCreate(MPI_COMM_WORLD, first, last, &vector);
    HYPRE_IJVectorSetObjectType(vector, HYPRE_PARCSR);
    HYPRE_IJVectorInitialize(vector);
    return vector;
}

static HYPRE_Solver make_multigrid(void) {
    HYPRE_Solver amg;
    HYPRE_BoomerAMGCreate(&amg);
    HYPRE_BoomerAMGSetPrintLevel(amg, 0);
    HYPRE_BoomerAMGSetCoarsenType(amg, 10); /* HMIS */
    HYPRE_BoomerAMGSetRelaxType(amg, 6);    /* symmetric, as conjugate gradients need it */
    HYPRE_BoomerAMGSetTol(amg, 0.0);        /* one cycle per application */
    HYPRE_BoomerAMGSetMaxIter(amg, 1);
    return amg;
}

static HYPRE_Solver make_solver(HYPRE_Solver preconditioner) {
    HYPRE_Solver pcg;
    HYPRE_ParCSRPCGCreate(MPI_COMM_WORLD, &pcg);
    HYPRE_PCGSetMaxIter(pcg, 200);
    HYPRE_PCGSetTol(pcg, TOLERANCE);
    HYPRE_PCGSetTwoNorm(pcg, 1);
    HYPRE_PCGSetPrecond(pcg, (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSolve,
                        (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSetup, preconditioner);
    return pcg;
}

/* Fills the matrix and the right-hand side with this process's rows, first to last. */
static void assemble(HYPRE_IJMatrix matrix, HYPRE_IJVector rhs, HYPRE_BigInt first, HYPRE_BigInt last, int n) {
    HYPRE_BigInt i;
    for (i = first; i <= last; i++) {
        HYPRE_BigInt columns[5];
        double values[5], b = 0.0;
        int k, entries = laplacian_row(i, n, columns, values);
        for (k = 0; k < entries; k++) b += values[k] * exact(columns[k], n);
        HYPRE_IJMatrixSetValues(matrix, 1, &entries, &i, columns, values);
        HYPRE_IJVectorSetValues(rhs, 1, &i, &b);
    }
    HYPRE_IJMatrixAssemble(matrix);
    HYPRE_IJVectorAssemble(rhs);
}

/* The largest error of this process's unknowns. */
static double largest_error(HYPRE_IJVector solution, HYPRE_BigInt first, HYPRE_BigInt last, int n) {
    HYPRE_BigInt i;
    double largest = 0.0;
    for (i = first; i <= last; i++) {
        double value;
        HYPRE_IJVectorGetValues(solution, 1, &i, &value);
        if (isnan(value)) return INFINITY; /* a NaN would be lost in the maximum over the processes */
        largest = fmax(largest, fabs(value - exact(i, n)));
    }
    return largest;
}

int main(int argc, char **argv) {
    int rank, processes, good;
    int n = argc > 1 ? atoi(argv[1]) : 200;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &processes);
    if (n < processes) {
        if (rank == 0) fprintf(stderr, "laplace: the grid needs at least one line per process\n");
        MPI_Finalize();
        return 2;
    }
    HYPRE_Init();

    HYPRE_BigInt unknowns = (HYPRE_BigInt)n * n;
    HYPRE_BigInt first = unknowns * rank / processes;
    HYPRE_BigInt last = unknowns * (rank + 1) / processes - 1;

    HYPRE_IJMatrix matrix;
    HYPRE_IJMatrixCreate(MPI_COMM_WORLD, first, last, first, last, &matrix);
    HYPRE_IJMatrixSetObjectType(matrix, HYPRE_PARCSR);
    HYPRE_IJMatrixInitialize(matrix);
    HYPRE_IJVector rhs = make_vector(first, last);
    HYPRE_IJVector solution = make_vector(first, last);
    HYPRE_IJVectorAssemble(solution);
    assemble(matrix, rhs, first, last, n);

    HYPRE_ParCSRMatrix a;
    HYPRE_ParVector b, x;
    HYPRE_IJMatrixGetObject(matrix, (void **)&a);
    HYPRE_IJVectorGetObject(rhs, (void **)&b);
    HYPRE_IJVectorGetObject(solution, (void **)&x);

    HYPRE_Solver amg = make_multigrid();
    HYPRE_Solver pcg = make_solver(amg);
    HYPRE_ParCSRPCGSetup(pcg, a, b, x);
    HYPRE_ParCSRPCGSolve(pcg, a, b, x);

    HYPRE_Int iterations;
    double residual, error = largest_error(solution, first, last, n);
    HYPRE_PCGGetNumIterations(pcg, &iterations);
    HYPRE_PCGGetFinalRelativeResidualNorm(pcg, &residual);
    MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);

    /* Written so that a NaN is not good. */
    good = error <= MAX_ERROR && residual <= TOLERANCE && iterations > 0 && iterations <= MAX_ITERATIONS;
    if (rank == 0)
        printf("hypre %s: %lld unknowns on %d processes, %d iterations, residual %.1e, error %.1e: %s\n",
               HYPRE_RELEASE_VERSION, (long long)unknowns, processes, (int)iterations, residual, error,
               good ? "correct" : "WRONG");

    HYPRE_ParCSRPCGDestroy(pcg);
    HYPRE_BoomerAMGDestroy(amg);
    HYPRE_IJMatrixDestroy(matrix);
    HYPRE_IJVectorDestroy(rhs);
    HYPRE_IJVectorDestroy(solution);
    HYPRE_Finalize();
    MPI_Finalize();
    return good ? 0 : 1;
}
