using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Passes over the elements of one tensor; keeps the lanes beyond the last channel of a blocked tensor at zero.</summary>
internal static unsafe class Elementwise
{
    /// <summary>Elements that threads share are multiples of this.</summary>
    public const int Vector = 16;

    public static void Map<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IUnaryKernel =>
        Map(arguments.Inputs[0], arguments.Outputs[0], arguments.Team, kernel);

    public static void Map<TKernel>(in TensorView x, in TensorView y, ThreadTeam? team, TKernel kernel) where TKernel : struct, IUnaryKernel
    {
        // Shares of whole vectors: every element is computed as without threads.
        long length = y.StoredLength;
        Ranges.Run(team, (length + Vector - 1) / Vector, Ranges.Least(Vector), new Vectors<TKernel>(x.F32, y.F32, length, kernel));
        if (kernel.Apply<Lanes1, float>(0f) != 0f) PadLanes.Clear(y);
    }

    [MethodImpl(Compile.Loop)]
    public static void Integers<T, TKernel>(in StepArguments arguments, long length, TKernel kernel)
        where T : unmanaged, IBinaryInteger<T> where TKernel : struct, IIntegerUnaryKernel
    {
        T* x = (T*)arguments.Inputs[0].Data, y = (T*)arguments.Outputs[0].Data;
        for (long i = 0; i < length; i++) y[i] = kernel.Integer(x[i]);
    }

    private readonly struct Vectors<TKernel>(float* x, float* y, long length, TKernel kernel) : IRange where TKernel : struct, IUnaryKernel
    {
        public void Do(long first, long last, int slot) =>
            Lanes.Map(x + first * Vector, y + first * Vector, Math.Min(length, last * Vector) - first * Vector, kernel);
    }
}
