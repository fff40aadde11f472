using System;
using System.Runtime.InteropServices;

namespace Lr2vq.Operators;

/// <summary>The state in which a recurrent operator begins.</summary>
internal static unsafe class Initial
{
    /// <summary>Copies an optional input; zeros where it is absent.</summary>
    public static void Copy(ReadOnlySpan<TensorView> inputs, int input, float* state, long count)
    {
        if (inputs.Length > input && inputs[input].Data != null) NativeMemory.Copy(inputs[input].F32, state, (nuint)count * sizeof(float));
        else NativeMemory.Clear(state, (nuint)count * sizeof(float));
    }
}
