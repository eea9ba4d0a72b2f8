/**
 * Small programs to copy from: each is whole, takes its paths as arguments, and is run by the
 * tests.
 */
@NullMarked
package dev.fovea.examples;

import org.jspecify.annotations.NullMarked;
