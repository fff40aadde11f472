using System;
using System.Runtime.InteropServices;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <remarks>Inputs times levels: scales of rows follow after the sum, those of input channels go before it.</remarks>
internal sealed unsafe partial class TransformTensor
{
    private readonly LevelWeight? _direct;

    public override LevelWeight? AsLevels() => _direct;

    public override bool HasProducts => _direct is not null && _order.Taps == 1;

    public override float* ForProducts(float* x, float* scratch, Isa isa)
    {
        if (_columns == null) return x;
        GateMath.Multiply(x, _columns, scratch, _order.Inputs);
        return scratch;
    }

    public override void AddProducts(float* x, float* y, int first, int count, Isa isa)
    {
        float* sums = stackalloc float[PanelOrder.Lanes];
        for (int end = first + count; first < end; first += PanelOrder.Lanes)
        {
            NativeMemory.Clear(sums, PanelOrder.Lanes * sizeof(float));
            _direct!.Add(first / PanelOrder.Lanes, x, 0, 0, 1, sums, isa);
            int rows = Math.Min(PanelOrder.Lanes, end - first);
            for (int row = 0; row < rows; row++) y[first + row] += _scales[first + row] * sums[row];
        }
    }
}
