package kernel

import "math"

// AdamW is one optimiser step of decoupled weight decay (Loshchilov and Hutter,
// 2019). The zero value does nothing useful: set every field.
type AdamW struct {
	LearningRate float32
	Beta1, Beta2 float32 // decay of the first and the second moment
	Epsilon      float32
	WeightDecay  float32
	GradScale    float32 // multiplies the gradient, for clipping; 1 leaves it
	// Correction1 and Correction2 are 1 - Beta1^t and 1 - Beta2^t at step t >= 1.
	Correction1, Correction2 float32
}

// AtStep returns the settings with the bias corrections of step t >= 1.
func (o AdamW) AtStep(t int) AdamW {
	o.Correction1 = float32(1 - math.Pow(float64(o.Beta1), float64(t)))
	o.Correction2 = float32(1 - math.Pow(float64(o.Beta2), float64(t)))
	return o
}

// Update moves param against its gradient and keeps the moments m and v:
//
//	for i:
//		g = GradScale * grad[i]
//		m[i] = Beta1*m[i] + (1-Beta1)*g
//		v[i] = Beta2*v[i] + (1-Beta2)*g*g
//		param[i] -= LearningRate * WeightDecay * param[i]
//		param[i] -= LearningRate * (m[i]/Correction1) / (sqrt(v[i]/Correction2) + Epsilon)
func (o AdamW) Update(param, grad, m, v []float32) {
	checkTriple(param, grad, m)
	checkPair(param, v)
	if !(o.Correction1 > 0 && o.Correction2 > 0) {
		panic("kernel: AdamW without bias corrections: call AtStep")
	}
	c := adamWConstants{
		beta1: o.Beta1, beta2: o.Beta2, rest1: 1 - o.Beta1, rest2: 1 - o.Beta2,
		gradScale: o.GradScale, keep: 1 - o.LearningRate*o.WeightDecay,
		rate: o.LearningRate / o.Correction1, unbias: 1 / o.Correction2, epsilon: o.Epsilon,
	}
	adamW(param, grad, m, v, &c)
}

// adamWConstants is what the loop needs, in the order in which the assembly reads it.
type adamWConstants struct {
	beta1, beta2, rest1, rest2, gradScale, keep, rate, unbias, epsilon float32
}

func adamWGeneric(param, grad, m, v []float32, c *adamWConstants) {
	grad, m, v = grad[:len(param)], m[:len(param)], v[:len(param)]
	for i := range param {
		g := c.gradScale * grad[i]
		m[i] = c.beta1*m[i] + c.rest1*g
		v[i] = c.beta2*v[i] + c.rest2*g*g
		root := float32(math.Sqrt(float64(v[i] * c.unbias)))
		param[i] = c.keep*param[i] - c.rate*m[i]/(root+c.epsilon)
	}
}
