/**
 * Shared by the tests of several packages: reproducible values, golden files, the table of cases,
 * fuzzing, and the rules that hold for all packages.
 */
@NullMarked
package dev.fovea;

import org.jspecify.annotations.NullMarked;
