using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Runs one operator without compiler and session, on memory that is watched on both sides.</summary>
internal static unsafe class OperatorHarness
{
    private const int Guard = 64;
    private const byte Watch = 0xA5;

    /// <param name="outputs">Tensors whose types and shapes the results get.</param>
    /// <param name="blocked">Rank-4 floats are given and taken as blocks of sixteen channels.</param>
    /// <param name="inPlace">Output 0 lies where the input lies that the operator offers for that.</param>
    /// <param name="team">Threads that help.</param>
    /// <param name="takesBytes">Whether the operator may take weights of bytes at load.</param>
    public static HostTensor[] Run(Operator op, HostTensor?[] inputs, HostTensor[] outputs, bool blocked = false, bool inPlace = false, ThreadTeam? team = null, bool takesBytes = false)
    {
        List<nint> blocks = [];
        // What an operator packed lies here, as long as it runs.
        using NativeArena memory = new();
        try
        {
            op.Bind(new NoWeights(inputs, takesBytes, memory));
            TensorView[] from = [.. inputs.Select(input => View(input, blocked, blocks, fill: true))];
            TensorView[] to = [.. outputs.Select(output => View(output, blocked, blocks, fill: false))];
            if (inPlace) to[0].Data = from[op.InPlaceInput].Data;
            ShapeRules.Check(op, new StepShapes(from, to, dimension => dimension.Value), []);
            StepPreparation preparation = op.Prepare(new StepShapes(from, to, dimension => dimension.Value, team?.Threads ?? 1));
            byte* scratch = Allocate(preparation.ScratchBytes, blocks);
            op.Run(new StepArguments(from, to, scratch, preparation.State, team));
            if (!inPlace)
            {
                // In the steady state nothing is allocated; the run time itself may still do so once or twice, when it loads a type.
                long allocated = long.MaxValue;
                for (int again = 0; again < 4 && allocated > 0; again++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    op.Run(new StepArguments(from, to, scratch, preparation.State, team));
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                }
                Assert.Equal(0, allocated);
            }
            for (int i = 0; i < to.Length; i++) CheckGuards(to[i].Data, Bytes(to[i]));
            CheckGuards(scratch, preparation.ScratchBytes);
            return [.. to.Select(Result)];
        }
        finally
        {
            if (NativeArena.Guard is { } guard) guard.Free(blocks);
            else
                foreach (nint block in blocks) NativeMemory.AlignedFree((void*)block);
        }
    }

    /// <summary>True if output 0 may lie where an input lies.</summary>
    public static bool CanRunInPlace(Operator op, HostTensor?[] inputs, HostTensor[] outputs) =>
        op.InPlaceInput >= 0 && inputs[op.InPlaceInput] is { } input && input.Bytes.Length == outputs[0].Bytes.Length && input.Type == outputs[0].Type;

    private static TensorView View(HostTensor? tensor, bool blocked, List<nint> blocks, bool fill)
    {
        if (tensor is null) return new TensorView { Shape = [] };
        TensorView view = new()
        {
            Type = tensor.Type, Shape = tensor.Shape,
            Layout = blocked && tensor is { Type: ElementType.Float32, Shape.Length: 4 } ? TensorLayout.Blocked : TensorLayout.Plain,
        };
        view.Data = Allocate(Bytes(view), blocks, clear: fill);
        if (!fill) return view;
        if (view.Layout == TensorLayout.Plain) tensor.Bytes.CopyTo(new Span<byte>(view.Data, tensor.Bytes.Length));
        else ForEachBlocked(view, tensor.Values<float>(), (float* place, ref float value) => *place = value);
        return view;
    }

    private static HostTensor Result(TensorView view)
    {
        if (view.Layout == TensorLayout.Plain)
            return new HostTensor(view.Type, view.Shape, new Span<byte>(view.Data, checked((int)Bytes(view))).ToArray());
        float[] values = new float[view.Length];
        ForEachBlocked(view, values, (float* place, ref float value) => value = *place);
        // Lanes beyond the last channel hold zero, always.
        int used = view.Shape[1] % 16;
        long pixels = (long)view.Shape[2] * view.Shape[3], blocks = (view.Shape[1] + 15) / 16;
        for (long n = 0; used > 0 && n < view.Shape[0]; n++)
            for (long p = 0; p < pixels; p++)
                for (int lane = used; lane < 16; lane++)
                    Assert.Equal(0f, view.F32[(((n + 1) * blocks - 1) * pixels + p) * 16 + lane]);
        return HostTensor.Of(values, view.Shape);
    }

    private delegate void Visit(float* place, ref float value);

    private static void ForEachBlocked(TensorView view, Span<float> values, Visit visit)
    {
        int[] shape = view.Shape;
        long pixels = (long)shape[2] * shape[3], blocks = (shape[1] + 15) / 16;
        int at = 0;
        for (long n = 0; n < shape[0]; n++)
            for (long c = 0; c < shape[1]; c++)
                for (long p = 0; p < pixels; p++)
                    visit(view.F32 + ((n * blocks + c / 16) * pixels + p) * 16 + c % 16, ref values[at++]);
    }

    private static long Bytes(TensorView view) => view.StoredLength * Lr2vq.Plans.ElementTypes.ByteLength(view.Type);

    /// <summary>What is not cleared holds the pattern of the guards, as memory that other steps have used.</summary>
    private static byte* Allocate(long bytes, List<nint> blocks, bool clear = false)
    {
        if (NativeArena.Guard is { } guard)
        {
            byte* guarded = guard.Allocate((nuint)(Math.Max(bytes, 1) + 63) & ~(nuint)63);
            blocks.Add((nint)guarded);
            return guarded;
        }
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + 2 * Guard), 64);
        blocks.Add((nint)block);
        new Span<byte>(block, checked((int)bytes + 2 * Guard)).Fill(Watch);
        // Inputs are filled afterwards; blocked ones count on zero lanes.
        if (clear) new Span<byte>(block + Guard, checked((int)bytes)).Clear();
        return block + Guard;
    }

    private static void CheckGuards(byte* data, long bytes)
    {
        if (NativeArena.Guard is not null) return;
        Assert.True(new Span<byte>(data - Guard, Guard).IndexOfAnyExcept(Watch) < 0, "wrote before its memory");
        Assert.True(new Span<byte>(data + bytes, Guard).IndexOfAnyExcept(Watch) < 0, "wrote behind its memory");
    }

    private sealed class NoWeights(HostTensor?[] inputs, bool takesBytes, NativeArena memory) : BindContext
    {
        public override NativeArena Memory => memory;

        public override bool HasInput(int input) => input < inputs.Length && inputs[input] is not null;

        public override WeightRole? RoleOf(int input) => null;

        public override WeightTensor? TakeWeight(int input) => null;

        public override TakenBytes? TakeBytes(int input, int zeroPoints) =>
            takesBytes && inputs[input] is { } weight && (HasInput(zeroPoints) ? inputs[zeroPoints]!.Bytes : []) is var zeros && PackedBytes.Serves(weight.Shape, zeros.Length)
                ? new TakenBytes(weight.Bytes, weight.Shape, weight.Type == ElementType.Int8, zeros)
                : null;
    }
}
