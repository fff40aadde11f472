namespace Lr2vq.Kernels;

/// <summary>What kernels may ask of one vector width. A kernel is written once against this and is specialised for each implementation
/// (<see cref="Lanes512"/>, <see cref="Lanes256"/>, <see cref="Lanes128"/>, <see cref="Lanes1"/>).</summary>
/// <typeparam name="V">The vector: <c>Vector512&lt;float&gt;</c> … or <c>float</c>.</typeparam>
/// <remarks>Masks are vectors whose lanes have all bits set or none. Every member has the same result, bit for bit, in every width,
/// except <see cref="Fma"/> (fused where hardware does that) and <see cref="Sum"/> (order).</remarks>
internal unsafe interface ILanes<V> where V : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }
    static abstract V Zero { get; }
    /// <summary>Reads <see cref="Count"/> floats; any alignment.</summary>
    static abstract V Load(float* source);
    /// <summary>Load, for a source that is read straight on in many steps of 16 floats: memory may be asked for what comes later. The machine foresees
    /// that by itself only within a page, and not at its beginning.</summary>
    static abstract V LoadStream(float* source);
    /// <summary>May ask for memory that is written much later.</summary>
    static abstract void Touch(float* place);
    static abstract void Store(V value, float* destination);
    static abstract V Splat(float value);
    /// <summary>Every lane is the float at <paramref name="source"/>.</summary>
    static abstract V Broadcast(float* source);
    static abstract V Add(V a, V b);
    static abstract V Sub(V a, V b);
    static abstract V Mul(V a, V b);
    static abstract V Div(V a, V b);
    /// <summary>a·b + c: fused where hardware does it, else rounded twice. Nothing that decides a stored byte may use it.</summary>
    static abstract V Fma(V a, V b, V c);
    // Members that only join two others: the JIT inlines half as many calls then, which the start of a program feels in large kernels.
    /// <summary>Mul(Splat(factor), x).</summary>
    static abstract V Scale(float factor, V x);
    /// <summary>Fma(Splat(factor), x, sum).</summary>
    static abstract V AddScaled(float factor, V x, V sum);
    /// <summary>Add(a, Load(source)).</summary>
    static abstract V AddFrom(V a, float* source);
    /// <summary>Min(high, Max(low, x)): keeps the NaN of x.</summary>
    static abstract V Clamp(V low, V high, V x);
    /// <summary><c>a &lt; b ? a : b</c>: <paramref name="b"/> if either is NaN or both are zeros. Put the variable second to keep its NaN.</summary>
    static abstract V Min(V a, V b);
    /// <summary><c>a &gt; b ? a : b</c>: <paramref name="b"/> if either is NaN or both are zeros. Put the variable second to keep its NaN.</summary>
    static abstract V Max(V a, V b);
    static abstract V Sqrt(V x);
    static abstract V Abs(V x);
    static abstract V Neg(V x);
    static abstract V Floor(V x);
    static abstract V Ceiling(V x);
    static abstract V Less(V a, V b);
    static abstract V LessOrEqual(V a, V b);
    static abstract V Equal(V a, V b);
    static abstract V And(V a, V b);
    static abstract V Or(V a, V b);
    static abstract V Xor(V a, V b);
    /// <summary>a where <paramref name="mask"/> is set, else b.</summary>
    static abstract V Select(V mask, V a, V b);
    /// <summary>A bit for each lane of a mask, the first lane's the lowest.</summary>
    static abstract uint MaskBits(V mask);
    /// <summary>2ⁿ for whole n in [−126, 127].</summary>
    static abstract V PowerOfTwo(V n);
    /// <summary>2ⁿ for <paramref name="rounded"/> = n + 1.5·2²³, as rounding by addition leaves it, and whole n in [−127, 127]; 0 for −127.</summary>
    static abstract V PowerOfRounded(V rounded);
    /// <summary>x·2ⁿ, rounded once, for whole n in [−252, 254] and |x| from 0.5 to 2.</summary>
    static abstract V TimesPowerOfTwo(V x, V n);
    /// <summary>⌊log₂|x|⌋ as a float, for normal x (the exponent field less 127 for anything else).</summary>
    static abstract V Exponent(V x);
    /// <summary>x / 2^Exponent(x) without its sign, in [1, 2), for normal x.</summary>
    static abstract V Mantissa(V x);
    /// <summary>Sum of the lanes; the order depends on the width.</summary>
    static abstract float Sum(V x);
    /// <summary>Largest lane (any lane if one is NaN).</summary>
    static abstract float Largest(V x);
    /// <summary>Smallest lane (any lane if one is NaN).</summary>
    static abstract float Smallest(V x);
}

/// <summary>An elementwise function of one tensor, for <see cref="Lanes.Map{TKernel}"/>. Mark <see cref="Apply"/> AggressiveInlining.</summary>
internal interface IUnaryKernel
{
    V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct;
}

/// <summary>An elementwise function of two tensors, for <see cref="Lanes.Map2{TKernel}"/>. Mark <see cref="Apply"/> AggressiveInlining.</summary>
internal interface IBinaryKernel
{
    V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct;
}
