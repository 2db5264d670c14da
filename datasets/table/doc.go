// Package table writes and reads Parquet files of columns that are wholly in memory: the little of the format that data sets
// of recorded episodes need. A column holds numbers, truths, texts or bytes, one in each row or a list of fixed width, and
// may lie in a struct. What it writes has one row group, and every value is there.
//
//	err := table.Write(w, 3, []table.Column{
//		{Path: []string{"rewards"}, Data: []float32{0, 1, 0}},
//		{Path: []string{"observations", "pixels"}, Width: 2, Data: []uint8{1, 2, 3, 4, 5, 6}},
//	}, nil)
//
// Reading takes whatever layout of the same content a file has: several row groups, optional fields, lists of several
// spellings. https://parquet.apache.org/docs/file-format tells the format.
package table
