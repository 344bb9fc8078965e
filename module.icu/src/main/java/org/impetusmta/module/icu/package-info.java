/** The module icu: conversion of character sets. */
@NullMarked
package org.impetusmta.module.icu;

import org.jspecify.annotations.NullMarked;
