using System;
using System.Runtime.InteropServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>fp32 weights that were expanded at load, in panels: kernels read them where they lie.</summary>
internal sealed unsafe class PanelTensor : WeightTensor
{
    private const int Lanes = PanelOrder.Lanes;

    private readonly float* _panels;
    private readonly PanelOrder _order;

    private PanelTensor(in TensorPayload payload) : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _order = new PanelOrder(Rows, Inputs, KernelHeight * KernelWidth);
        _panels = payload.Memory.AllocateFloats(_order.RowBlocks * PanelPitch);
    }

    public override TensorFormat Format => TensorFormat.Dense;

    /// <summary>True for weights that kernels ask for panels, unless lanes without a row would take more than a ninth of the memory.</summary>
    public static bool Serves(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        int group = shape.Rows / payload.Groups;
        return payload.Role is WeightRole.Conv or WeightRole.ConvTranspose or WeightRole.MatMul or WeightRole.Gemm
            && (payload.Groups == 1 || group == 1 || group % Lanes == 0)
            && (shape.Rows + Lanes - 1) / Lanes * Lanes * 8L <= shape.Rows * 9L;
    }

    /// <param name="payload">Its memory receives the weights.</param>
    /// <param name="source">Asked for all rows in order, sixteen at a time.</param>
    public static PanelTensor Of(in TensorPayload payload, RowSource source)
    {
        var tensor = new PanelTensor(payload);
        tensor.Fill(source);
        return tensor;
    }

    private void Fill(RowSource source)
    {
        float* rows = (float*)NativeMemory.Alloc((nuint)(Lanes * (long)Columns), sizeof(float));
        try
        {
            for (int block = 0; block < _order.RowBlocks; block++)
            {
                int count = _order.RowsOf(block);
                source(block * Lanes, count, rows);
                if (count < Lanes) NativeMemory.Clear(rows + (long)count * Columns, (nuint)((Lanes - count) * (long)Columns * sizeof(float)));
                Transpose16.ToPanel(rows, Columns, _order.Inputs, _order.Taps, _panels + block * PanelPitch);
            }
        }
        finally
        {
            NativeMemory.Free(rows);
        }
    }

    public override float* PanelAt(int first, int firstInput) =>
        first % Lanes == 0 ? _panels + first / Lanes * PanelPitch + (long)firstInput * _order.Taps * Lanes : null;

    public override void DecodeRows(int first, int count, float* destination, long stride)
    {
        for (int row = first; row < first + count;)
        {
            int lane = row % Lanes, part = Math.Min(first + count - row, Lanes - lane);
            float* from = PanelAt(row - lane, 0) + lane;
            for (int input = 0; input < Inputs; input += Lanes)
            {
                int inputs = Math.Min(Lanes, Inputs - input);
                for (int tap = 0; tap < _order.Taps; tap++)
                {
                    float* to = destination + (long)input * _order.Taps + tap;
                    for (int i = 0; i < inputs; i++, from += Lanes, to += _order.Taps)
                        for (int r = 0; r < part; r++) to[r * stride] = from[r];
                }
            }
            row += part;
            destination += part * stride;
        }
    }

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        float* from = PanelAt(first, firstInput);
        if (from == null)
        {
            base.DecodePanel16(first, firstInput, inputs, panel, scratch);
            return;
        }
        for (int block = 0; block < inputs; block += Lanes)
        {
            // A window may end inside a block: fewer channels than lie there.
            int wanted = Math.Min(Lanes, inputs - block), lanes = Math.Min(Lanes, Inputs - firstInput - block);
            int runs = wanted == lanes ? 1 : _order.Taps;
            long length = (long)_order.Taps / runs * wanted * Lanes;
            for (int run = 0; run < runs; run++, from += (long)_order.Taps / runs * lanes * Lanes, panel += length)
                NativeMemory.Copy(from, panel, (nuint)length * sizeof(float));
        }
    }
}
