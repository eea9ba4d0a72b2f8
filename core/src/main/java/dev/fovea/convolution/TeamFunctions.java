package dev.fovea.convolution;

/**
 * Addresses of the functions of the OpenMP runtime that code in its threads calls.
 *
 * @param threadNumber {@code omp_get_thread_num}
 * @param threads {@code omp_get_num_threads}
 * @param barrier {@code GOMP_barrier}
 */
public record TeamFunctions(long threadNumber, long threads, long barrier) {}
