package kernel

// multiplyColumnGeneric works on 2 rows and 4 columns at a time.
func multiplyColumnGeneric(t *column) {
	for i := 0; i < t.rows; i += 2 {
		last := i+1 == t.rows
		for j := 0; j < t.panels*panelWidth; j += 4 {
			var s [8]float32
			generic2x4(t, i, j, last, &s)
			storeGeneric(t, i, j, s[:4])
			if !last {
				storeGeneric(t, i+1, j, s[4:])
			}
		}
	}
}

// generic2x4 sums the products of rows i and i+1 and columns j to j+3. Plain
// indices are quicker here than slices, whose lengths the registers lack room for.
func generic2x4(t *column, i, j int, last bool, s *[8]float32) {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	a, b, acs, ldb := t.a, t.b, t.acs, t.ldb
	at0, at1, from := i*t.ars, (i+1)*t.ars, j/panelWidth*t.panelStride+j%panelWidth
	if last {
		at1 = at0
	}
	for range t.k {
		x, y := a[at0], a[at1]
		z := b[from]
		s0, s4 = s0+x*z, s4+y*z
		z = b[from+1]
		s1, s5 = s1+x*z, s5+y*z
		z = b[from+2]
		s2, s6 = s2+x*z, s6+y*z
		z = b[from+3]
		s3, s7 = s3+x*z, s7+y*z
		at0, at1, from = at0+acs, at1+acs, from+ldb
	}
	*s = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}

// storeGeneric writes four sums of row i from column j on.
func storeGeneric(t *column, i, j int, sums []float32) {
	c := t.c[i*t.ldc+j:][:4]
	for n, s := range sums {
		if t.bias != nil {
			s += t.bias[j+n]
		}
		if t.accumulate {
			s += c[n]
		}
		c[n] = s
	}
}
