using System;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Register tiles against their sums in double, for every pixel step, number of pixels, number of steps and way to begin and end.</summary>
[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class TileTests
{
    private const int Outer = 2, Middle = 2, Inner = 3, YStep = 20;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(8), InlineData(16), InlineData(32)]
    public void SumsAreThoseOfTheDefinition(int pixelStep)
    {
        Random random = new(pixelStep);
        foreach (Isa isa in VectorWidths.All)
        {
            TileSet tiles = new(isa, pixelStep);
            for (int pixels = 1; pixels <= tiles.Shapes.MostPixels(1); pixels++)
                foreach ((int steps, int last) in new[] { (1, 3), (4, 2), (5, 9), (16, 16) })
                {
                    TileCase drawn = new(random, pixelStep, pixels, steps, last);
                    float[] y = drawn.Run(tile => tiles.Row(tile, 1, pixels, pixels, pixelStep));
                    drawn.Check(y, $"{isa}, {pixels} pixels {pixelStep} apart, {steps} and {last} steps");
                    // Whatever serves 128 bits sums in one order.
                    if (isa == Isa.Vector128) Assert.Equal(drawn.Run(tile => Plain(pixelStep, pixels)(tile)), y);
                }
        }
    }

    private delegate void Call(Tile* tile);

    private static Call Plain(int pixelStep, int pixels)
    {
        delegate*<Tile*, void> tile = pixelStep switch
        {
            1 => Tiles.Find<Lanes128, Vector128<float>, Step1>(4, pixels),
            2 => Tiles.Find<Lanes128, Vector128<float>, Step2>(4, pixels),
            8 => Tiles.Find<Lanes128, Vector128<float>, Step8>(4, pixels),
            16 => Tiles.Find<Lanes128, Vector128<float>, Step16>(4, pixels),
            _ => Tiles.Find<Lanes128, Vector128<float>, Step32>(4, pixels),
        };
        return t =>
        {
            t->Count = 1;
            tile(t);
        };
    }

    private sealed class TileCase
    {
        private readonly int _pixelStep, _pixels, _steps, _last;
        private readonly bool _accumulates, _adds;
        private readonly TileActivation _activation;
        private readonly float[] _x, _w, _bias, _y, _residual;

        public TileCase(Random random, int pixelStep, int pixels, int steps, int last)
        {
            (_pixelStep, _pixels, _steps, _last) = (pixelStep, pixels, steps, last);
            (_accumulates, _adds, _activation) = (random.Next(2) == 0, random.Next(2) == 0, (TileActivation)random.Next(3));
            // Nothing is read beyond the last input of the last pixel, and nothing beyond the last weight.
            _x = Floats((Outer - 1) * XOuter + (Middle - 1) * XMiddle + (Inner - 1) * XInner + (pixels - 1) * pixelStep + Math.Max(steps, last));
            _w = Floats(Middle * Inner * ((Outer - 1) * steps + last) * 16);
            (_bias, _y, _residual) = (Floats(16), Floats(pixels * YStep), Floats(pixels * YStep));

            float[] Floats(int count)
            {
                var floats = new float[count];
                for (int i = 0; i < count; i++) floats[i] = random.NextSingle() * 2 - 1;
                return floats;
            }
        }

        private static int XOuter => 331;
        private static int XMiddle => 97;
        private static int XInner => 19;

        public float[] Run(Call call)
        {
            float[] result = [.. _y];
            fixed (float* x = _x, w = _w, bias = _bias, y = result, residual = _residual)
            {
                Tile tile = new()
                {
                    X = x, W = w, Y = y, Bias = bias, Residual = _adds ? residual : null, YStep = YStep, Outer = Outer, Middle = Middle, Inner = Inner, XOuter = XOuter, XMiddle = XMiddle,
                    XInner = XInner, Steps = _steps, LastSteps = _last, Accumulate = _accumulates, Activation = _activation, Low = -0.5f, High = 1.5f,
                };
                call(&tile);
            }
            return result;
        }

        public void Check(float[] y, string what)
        {
            for (int p = 0; p < _pixels; p++)
                for (int lane = 0; lane < YStep; lane++)
                {
                    int at = p * YStep + lane;
                    double expected = lane < 16 ? Expected(p, lane) : _y[at];
                    Assert.True(Math.Abs(expected - y[at]) <= 2e-5, $"{what}: {y[at]} for {expected} at {p}, {lane}");
                }
        }

        private double Expected(int pixel, int lane)
        {
            double sum = _accumulates ? _y[pixel * YStep + lane] : _bias[lane];
            int k = 0;
            for (int outer = 0; outer < Outer; outer++)
                for (int middle = 0; middle < Middle; middle++)
                    for (int inner = 0; inner < Inner; inner++)
                        for (int s = 0; s < (outer == Outer - 1 ? _last : _steps); s++, k++)
                            sum += (double)_x[outer * XOuter + middle * XMiddle + inner * XInner + s + pixel * _pixelStep] * _w[k * 16 + lane];
            if (_adds) sum += _residual[pixel * YStep + lane];
            return _activation switch
            {
                TileActivation.Clamp => Math.Clamp(sum, -0.5, 1.5),
                TileActivation.HardSwish => sum * Math.Clamp(sum / 6 + 0.5, 0, 1) - 0.5,
                _ => sum,
            };
        }
    }
}
