/** The module conntrol: connection control: early talkers, a banner. */
@NullMarked
package org.impetusmta.module.conntrol;

import org.jspecify.annotations.NullMarked;
