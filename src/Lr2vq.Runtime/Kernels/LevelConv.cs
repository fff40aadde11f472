using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution of a few output pixels, where panels would cost more than all multiplications: the pixels' inputs are brought into the basis of the weight's
/// taps, and levels are multiplied as they lie.</summary>
/// <remarks>Scratch: inputs [block of 16 channels][coefficient][pixel][16], sums of each thread.</remarks>
internal sealed unsafe class LevelConv : IConvKernel, IShared
{
    /// <summary>Output pixels up to which no other form is faster.</summary>
    private const int MostPixels = 16;

    /// <summary>Fewer would leave most lanes of the inputs empty.</summary>
    private const int FewestInputs = 8;

    /// <summary>Multiply-adds that are worth a share.</summary>
    private const long LeastShare = 1 << 18;

    private readonly ConvGeometry _g;
    private readonly LevelWeight _weight;
    private readonly Epilogue _epilogue;
    private readonly ImageLayout _in, _out;
    private readonly Isa _isa;
    private readonly int _pixels, _inputBlocks, _outputBlocks, _slots;
    private readonly long _inputFloats;

    public LevelConv(in ConvGeometry geometry, LevelWeight weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads = 1)
    {
        (_g, _weight, _epilogue, _isa) = (geometry, weight, epilogue, isa);
        _in = new ImageLayout(input, _g.InputChannels, _g.InputHeight, _g.InputWidth);
        _out = new ImageLayout(output, _g.OutputChannels, _g.OutputHeight, _g.OutputWidth);
        _pixels = _g.Batch * _g.OutputHeight * _g.OutputWidth;
        _inputBlocks = (_g.InputChannels + 15) / 16;
        _outputBlocks = (_g.OutputChannels + 15) / 16;
        _slots = (long)_pixels * _g.OutputChannels * weight.Order.Columns < 2 * LeastShare ? 1 : Math.Min(threads, _outputBlocks);
        _inputFloats = (long)_inputBlocks * 16 * _g.Taps * _pixels;
        ScratchBytes = checked(4 * (_inputFloats + _slots * SumFloats));
    }

    public long ScratchBytes { get; }

    /// <summary>Sums of a tile for each pixel; tiles may have more pixels than there are.</summary>
    private static int SumFloats => (MostPixels + LevelTiles.MostPixels) * 16;

    /// <summary>True if the weight has levels that can be multiplied, and there are few pixels.</summary>
    public static bool Serves(in ConvGeometry g, WeightTensor weight) =>
        g.Groups == 1 && g.InputChannels >= FewestInputs && weight.AsLevels() is not null && (long)g.Batch * g.OutputHeight * g.OutputWidth is > 0 and <= MostPixels;

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        var call = new Call { X = (float*)scratch, Bias = bias, Residual = residual, Y = y };
        Transform(x, call.X);
        if (_slots == 1 || team is null) Blocks(call, 0, _outputBlocks, 0);
        else team.Run(this, &call, 0, _slots);
    }

    private struct Call
    {
        public float* X, Bias, Residual, Y;
    }

    void IShared.Share(void* call, int phase, int share, int slot) =>
        Blocks(*(Call*)call, (int)((long)_outputBlocks * share / _slots), (int)((long)_outputBlocks * (share + 1) / _slots), slot);

    /// <summary>Some blocks of sixteen output channels.</summary>
    private void Blocks(in Call call, int first, int last, int slot)
    {
        float* sums = call.X + _inputFloats + (long)slot * SumFloats;
        for (int block = first; block < last; block++)
        {
            NativeMemory.Clear(sums, (nuint)SumFloats * sizeof(float));
            for (int pixel = 0, count; pixel < _pixels; pixel += count)
            {
                count = LevelTiles.PixelsOf(_pixels - pixel, _isa);
                _weight.Add(block, call.X + pixel * 16, _pixels * 16L, 16, count, sums + pixel * 16, _isa);
            }
            Finish(call, block, sums);
        }
    }

    /// <summary>Scales, bias, residual, activation, and the way into the output.</summary>
    private void Finish(in Call call, int block, float* sums)
    {
        int channel = block * 16, lanes = Math.Min(16, _g.OutputChannels - channel), image = _g.OutputHeight * _g.OutputWidth;
        float* bias = stackalloc float[16];
        NativeMemory.Clear(bias, 64);
        if (call.Bias != null) NativeMemory.Copy(call.Bias + channel, bias, (nuint)lanes * sizeof(float));
        Vector128<float>* scales = (Vector128<float>*)(_weight.Scales + channel), biases = (Vector128<float>*)bias;
        for (int p = 0; p < _pixels; p++)
        {
            var sum = (Vector128<float>*)(sums + p * 16);
            for (int i = 0; i < 4; i++) sum[i] = sum[i] * scales[i] + biases[i];
            if (call.Residual == null) continue;
            float* residual = call.Residual + PlaceOf(p / image, p % image, channel);
            if (_out.Layout == TensorLayout.Blocked)
                for (int i = 0; i < 4; i++) sum[i] += ((Vector128<float>*)residual)[i];
            else
                for (int lane = 0; lane < lanes; lane++) sums[p * 16 + lane] += residual[lane * _out.Pixels];
        }
        _epilogue.Apply(sums, _pixels * 16L);
        for (int p = 0; p < _pixels; p++)
        {
            float* sum = sums + p * 16, to = call.Y + PlaceOf(p / image, p % image, channel);
            if (_out.Layout == TensorLayout.Blocked)
            {
                for (int lane = lanes; lane < 16; lane++) sum[lane] = 0f;
                NativeMemory.Copy(sum, to, 64);
            }
            else
                for (int lane = 0; lane < lanes; lane++) to[lane * _out.Pixels] = sum[lane];
        }
    }

    private long PlaceOf(int image, int pixel, int channel) => image * _out.ImageFloats
        + (_out.Layout == TensorLayout.Blocked ? ((channel >> 4) * _out.Pixels + pixel) * 16 + (channel & 15) : channel * _out.Pixels + pixel);

    /// <summary>What all pixels read, in the basis of the weight.</summary>
    private void Transform(float* x, float* to)
    {
        float* taps = stackalloc float[TransformTensor.MaxCoefficients * 16];
        int most = Math.Min(_g.Taps, TransformTensor.MaxCoefficients);
        for (int block = 0; block < _inputBlocks; block++)
            for (int image = 0, p = 0; image < _g.Batch; image++)
                for (int row = 0; row < _g.OutputHeight; row++)
                    for (int column = 0; column < _g.OutputWidth; column++, p++)
                    {
                        float* own = to + ((long)block * _g.Taps * _pixels + p) * 16;
                        if (_weight.Basis == null)
                        {
                            for (int tap = 0; tap < _g.Taps; tap++) Tap(x, block, image, row, column, tap, own + (long)tap * _pixels * 16);
                            continue;
                        }
                        for (int tap = 0; tap < most; tap++) Tap(x, block, image, row, column, tap, taps + tap * 16);
                        if (Vector512.IsHardwareAccelerated && _isa == Isa.Vector512) Combine<Lanes512, Vector512<float>>(taps, own);
                        else if (Vector256.IsHardwareAccelerated && _isa >= Isa.Vector256) Combine<Lanes256, Vector256<float>>(taps, own);
                        else if (Vector128.IsHardwareAccelerated && _isa >= Isa.Vector128) Combine<Lanes128, Vector128<float>>(taps, own);
                        else Combine<Lanes1, float>(taps, own);
                    }
    }

    /// <summary>Sixteen channels of the input that an output pixel reads under a tap, times their scales; 0 beyond the borders.</summary>
    private void Tap(float* x, int block, int image, int row, int column, int tap, float* to)
    {
        int r = row * _g.StrideY - _g.Top + tap / _g.KernelWidth * _g.DilationY, c = column * _g.StrideX - _g.Left + tap % _g.KernelWidth * _g.DilationX;
        int channel = block * 16, lanes = Math.Min(16, _g.InputChannels - channel);
        if (r < 0 || r >= _in.Height || c < 0 || c >= _in.Width)
        {
            NativeMemory.Clear(to, 64);
            return;
        }
        long pixel = (long)r * _in.Width + c;
        float* from = x + image * _in.ImageFloats;
        if (_in.Layout == TensorLayout.Blocked) NativeMemory.Copy(from + (block * _in.Pixels + pixel) * 16, to, 64);
        else
        {
            for (int lane = 0; lane < lanes; lane++) to[lane] = from[(channel + lane) * _in.Pixels + pixel];
            for (int lane = lanes; lane < 16; lane++) to[lane] = 0f;
        }
        if (_weight.Columns == null) return;
        for (int lane = 0; lane < lanes; lane++) to[lane] *= _weight.Columns[channel + lane];
    }

    /// <summary>Coefficients of sixteen channels: t[c] = Σ_x B[c, x] · x.</summary>
    [MethodImpl(Compile.Loop)]
    private void Combine<L, V>(float* taps, float* to) where L : struct, ILanes<V> where V : struct
    {
        int count = _g.Taps;
        for (int c = 0; c < count; c++, to += _pixels * 16L)
        {
            float* basis = _weight.Basis + c * count;
            for (int lane = 0; lane < 16; lane += L.Count)
            {
                V sum = L.Zero;
                for (int tap = 0; tap < count; tap++) sum = L.Fma(L.Broadcast(basis + tap), L.Load(taps + tap * 16 + lane), sum);
                L.Store(sum, to + lane);
            }
        }
    }
}
