package berth

import "testing"

func TestFee(t *testing.T) {
	if Fee("sail", 10) != 30 || Fee("raft", 10) != 40 {
		t.Fatal("wrong fee")
	}
}

func TestFree(t *testing.T) {
	if Free([]int{8, 12, 14}, []bool{false, true, false}, 10) != 2 {
		t.Fatal("wrong berth")
	}
	if Free([]int{8}, []bool{false}, 10) != -1 {
		t.Fatal("there is none")
	}
}

func TestBill(t *testing.T) {
	if got := Bill(7, 2, 30); got != 21000 {
		t.Fatal(got)
	}
}
