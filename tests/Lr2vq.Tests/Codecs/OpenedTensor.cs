using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Codecs;

/// <summary>A packed tensor, opened from unaligned native memory that ends where the bytes end.</summary>
internal sealed unsafe class OpenedTensor : IDisposable
{
    private readonly List<nint> _blocks = [];
    private readonly NativeArena _memory = new();

    public OpenedTensor(EncodedTensor packed)
    {
        try
        {
            Tensor = CodecTable.Open(new TensorPayload
            {
                Name = packed.Name,
                Role = packed.Role,
                Type = packed.Type,
                Shape = packed.Shape,
                Groups = packed.Groups,
                Format = packed.Format,
                ParametersData = Copy(packed.Parameters),
                ParametersLength = packed.Parameters.Length,
                CodesData = Copy(packed.Codes),
                CodesLength = packed.Codes.Length,
                CodebookData = Copy(packed.Codebook),
                CodebookLength = packed.Codebook.Length,
                DenseData = Copy(packed.Dense),
                DenseLength = packed.Dense.Length,
                Memory = _memory,
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public WeightTensor Tensor { get; }

    public long AllocatedBytes => _memory.AllocatedBytes;

    /// <summary>All weights in canonical order.</summary>
    public float[] Decode()
    {
        float[] weights = new float[(long)Tensor.Rows * Tensor.Columns];
        fixed (float* w = weights) Tensor.DecodeRows(0, Tensor.Rows, w, Tensor.Columns);
        return weights;
    }

    /// <summary>A panel with the instruction set given; checks that nothing beyond it was written.</summary>
    public float[] Panel(Isa isa, int first, int firstInput, int inputs)
    {
        int taps = Tensor.KernelHeight * Tensor.KernelWidth;
        float[] panel = new float[inputs * taps * 16 + 1], scratch = new float[16 * Tensor.Columns];
        panel[^1] = 77f;
        using Lanes.Forced forced = Lanes.Force(isa);
        fixed (float* p = panel, s = scratch) Tensor.DecodePanel16(first, firstInput, inputs, p, s);
        Assert.Equal(77f, panel[^1]);
        return panel[..^1];
    }

    /// <summary>Panels of every instruction set and several windows hold what the rows hold, bit for bit.</summary>
    public void CheckPanels()
    {
        float[] weights = Decode();
        int taps = Tensor.KernelHeight * Tensor.KernelWidth;
        foreach (Isa isa in VectorWidths.All)
        {
            foreach (int first in new[] { 0, 16, 3, Tensor.Rows - 1 })
            {
                if (first < 0 || first >= Tensor.Rows) continue;
                for (int firstInput = 0; firstInput < Tensor.Inputs; firstInput += 16)
                {
                    foreach (int inputs in new[] { Tensor.Inputs - firstInput, Math.Min(16, Tensor.Inputs - firstInput), 1 })
                        CheckPanel(Panel(isa, first, firstInput, inputs), weights, first, firstInput, inputs, taps);
                }
            }
        }
    }

    public void Dispose()
    {
        _memory.Dispose();
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private void CheckPanel(float[] panel, float[] weights, int first, int firstInput, int inputs, int taps)
    {
        for (int i = 0; i < inputs; i++)
        {
            int block = i - i % 16, lanes = Math.Min(16, inputs - block);
            for (int tap = 0; tap < taps; tap++)
            {
                for (int r = 0; r < 16; r++)
                {
                    float expected = first + r < Tensor.Rows ? weights[(long)(first + r) * Tensor.Columns + (firstInput + i) * taps + tap] : 0f;
                    float actual = panel[(block * taps + tap * lanes + i % 16) * 16 + r];
                    if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(actual) && (expected != 0f || actual != 0f))
                        Assert.Fail($"row {first + r}, input {firstInput + i}, tap {tap}: {actual} in the panel, {expected} in the row");
                }
            }
        }
    }

    private byte* Copy(byte[] bytes)
    {
        // One byte off, so that nothing may rely on alignment.
        byte* block = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        _blocks.Add((nint)block);
        bytes.CopyTo(new Span<byte>(block + 1, bytes.Length));
        return block + 1;
    }
}

/// <summary>Shapes and numbers for codec tests.</summary>
internal static class CodecCases
{
    public static TensorIdentity Conv(int rows, int inputs, int height, int width) =>
        new("w", WeightRole.Conv, ElementType.Float32, [rows, inputs, height, width], 1);

    /// <summary>Shapes that no block size divides, and some that all do.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 }, { 16, 16, 3, 3 }, { 17, 5, 3, 3 }, { 3, 35, 1, 1 }, { 40, 33, 1, 1 }, { 20, 18, 3, 3 }, { 33, 6, 5, 5 }, { 18, 20, 1, 3 }, { 5, 17, 2, 2 },
        { 32, 64, 1, 1 },
    };

    /// <summary>Heavy-tailed numbers, each row with a scale of its own.</summary>
    public static float[] Weights(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        float[] weights = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            double scale = Math.Exp(random.NextDouble() * 3 - 2);
            for (int j = 0; j < columns; j++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                weights[r * columns + j] = (float)(scale * normal * (random.Next(20) == 0 ? 3 : 1));
            }
        }
        return weights;
    }
}
